"""The path of the installed PKCS#11 module."""

from __future__ import annotations

from pathlib import Path

MODULE = "libcryptolib_cps.so"


def module_path() -> Path:
    """The path of the module beside this file, even if it is not built."""
    return Path(__file__).resolve().with_name(MODULE)
