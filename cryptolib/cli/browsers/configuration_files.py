"""Configuration files, replaced in one step so that no program reads half of one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptolib.cli.browsers.target import TargetFailed


def read(path: Path) -> str:
    """The text; empty if there is no file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise TargetFailed(str(error)) from error


def write(path: Path, text: str) -> None:
    """Replace the file; keeps its permissions and a symbolic link to it."""
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
        raise TargetFailed(str(error)) from error


def remove(path: Path) -> None:
    """Delete the file, then its folder and the parent folder if they are empty."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise TargetFailed(str(error)) from error
    with suppress(OSError):
        path.parent.rmdir()
        path.parent.parent.rmdir()
