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

STREAMS = 3

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


def fill_standard_streams() -> list[int]:
    """Descriptors in the place of standard streams that are closed: what is opened next is none of them.

    A host that has closed them may print all the same. To read or write these fails, as with a closed one. For `close`.
    """
    filled: list[int] = []
    try:
        for stream in range(STREAMS):
            posix.get_inheritable(stream)
    except OSError:
        try:
            while not filled or filled[-1] < STREAMS:
                filled.append(posix.open("/", posix.O_PATH | posix.O_CLOEXEC))
        except OSError:
            pass
    return filled


def close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        posix.close(descriptor)
