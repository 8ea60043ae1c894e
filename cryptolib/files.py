"""Writes files of the module: copies of public files, and traces.

Where a host may not write large files (RLIMIT_FSIZE), a plain write would end it with SIGXFSZ.
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# write(2); after C_Initialize `cps_write` of the core. Raises OSError.
write: Callable[[int, bytes], int] = posix.write


def write_all(file: int, data: bytes) -> None:
    """Write all of `data`. Raises OSError, perhaps after writing a part."""
    while data:
        data = data[write(file, data) :]
