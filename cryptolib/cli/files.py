"""Files that the command writes for the user; it never overwrites one with other content."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure

PRIVATE = 0o600
"""For what nobody but its owner should read."""


_REASONS = {
    errno.ENOENT: "missing",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EISDIR: "folder",
    errno.ENOTDIR: "missing",
    errno.ENOSPC: "full",
    errno.EROFS: "read_only",
}
"""The usual ones have sentences of ours: the C library has them in English, whatever the language of the user."""


def unusable(path: object, error: OSError) -> Failure:
    """The failure for a file or folder that cannot be read or written."""
    reason = _REASONS.get(error.errno or 0)
    if reason is None:
        return Failure("failure.file", path=path, detail=error.strerror)
    return Failure(f"failure.file.{reason}", path=path)


def write_new(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a new file. Raises Failure if it exists with other content."""
    try:
        if path.is_file() and path.read_bytes() == content:
            return
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Failure("failure.file_exists", Exit.REFUSED, path=path) from error
    except OSError as error:
        raise unusable(path, error) from error


def require_absent(path: Path) -> None:
    """Raises Failure if the file exists; call it before asking the user for something."""
    if path.exists():
        raise Failure("failure.target_exists", Exit.REFUSED, path=path)
