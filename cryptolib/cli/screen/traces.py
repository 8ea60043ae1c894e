"""The call traces of this process, if the module's settings switch them on (docs/configuration.md)."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_FOLDER = "/var/opt/santesocial/CPS/log"
LAST_LINES = 200
"""So many of them are shown: what has just happened is what is asked about."""


def folder() -> Path:
    given = os.environ.get("CPS3_PKCS11_TRACES", "")
    return Path(given if given.startswith("/") else DEFAULT_FOLDER)


def traces() -> list[tuple[Path, list[str]]]:
    """Each file of this process and its last lines; codes in it are masked."""
    files = sorted(folder().glob(f"cps3p11_{os.getpid():x}_*.log"))
    return [(file, file.read_text(errors="replace").splitlines()[-LAST_LINES:]) for file in files]
