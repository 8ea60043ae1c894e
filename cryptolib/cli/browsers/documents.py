"""Files that a program's configuration is in, replaced in one step so that nobody ever reads half of one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptolib.cli.browsers.target import Failed


def read(path: Path) -> str:
    """Empty when there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(str(error)) from error


def write(path: Path, text: str) -> None:
    """Keeps the permissions of the file that was there, and the link that led to it."""
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(name, mode)
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise Failed(str(error)) from error


def remove(path: Path) -> None:
    """The file, and its folder and the one above when they are left empty."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise Failed(str(error)) from error
    with suppress(OSError):
        path.parent.rmdir()
        path.parent.parent.rmdir()
