"""Where this package is installed: the file that applications load as their PKCS#11 module."""

from __future__ import annotations

from pathlib import Path

MODULE = "libcryptolib_cps.so"


def module_path() -> Path:
    """Beside this file, whether it has been built or not."""
    return Path(__file__).resolve().with_name(MODULE)
