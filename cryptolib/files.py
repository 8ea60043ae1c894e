"""Writes files of the module: copies of public files, and traces. Tells whether a descriptor is available.

Where a host may not write large files (RLIMIT_FSIZE), a plain write would end it with SIGXFSZ.
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# ENFILE and EMFILE of Linux: a start need not import their names.
NO_DESCRIPTOR = (23, 24)

# write(2); after C_Initialize `cps_write` of the core. Raises OSError.
write: Callable[[int, bytes], int] = posix.write


def write_all(file: int, data: bytes) -> None:
    """Write all of `data`. Raises OSError, perhaps after writing a part."""
    while data:
        data = data[write(file, data) :]


def can_open() -> bool:
    """Whether this process can have another descriptor."""
    try:
        posix.close(posix.open("/", posix.O_PATH | posix.O_CLOEXEC))
    except OSError as error:
        return error.errno not in NO_DESCRIPTOR
    return True
