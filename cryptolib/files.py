"""How the module writes what it keeps: copies of public files, and traces.

A host may be forbidden to write a large file (RLIMIT_FSIZE), and then a plain write ends it with SIGXFSZ.
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# write(2) as `cps_write` of the core does it, once the library is initialised. Raises OSError.
write: Callable[[int, bytes], int] = posix.write


def write_all(file: int, data: bytes) -> None:
    """Raises OSError, and may have written a part then."""
    while data:
        data = data[write(file, data) :]
