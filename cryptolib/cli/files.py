"""Files that the command writes for its user: none that is there already is ever lost."""

from __future__ import annotations

import os
from pathlib import Path

from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure

PRIVATE = 0o600
"""For what nobody but its owner should read."""


def write_new(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Raises Failure for a file that is there and holds something else."""
    try:
        if path.is_file() and path.read_bytes() == content:
            return
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Failure("failure.file_exists", Exit.REFUSED, path=path) from error
    except OSError as error:
        raise Failure("failure.file", path=path, detail=error.strerror) from error


def require_absent(path: Path) -> None:
    """Before something is asked of the user whose result `write_new` will put there. Raises Failure."""
    if path.exists():
        raise Failure("failure.target_exists", Exit.REFUSED, path=path)
