"""Files that the command writes for its user: none that is there already is ever lost."""

from __future__ import annotations

from pathlib import Path

from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure


def write_new(path: Path, content: bytes) -> None:
    """Raises Failure for a file that is there and holds something else."""
    try:
        if path.is_file() and path.read_bytes() == content:
            return
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Failure("failure.file_exists", Exit.REFUSED, path=path) from error
    except OSError as error:
        raise Failure("failure.file", path=path, detail=error.strerror) from error
