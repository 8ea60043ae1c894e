"""Writes to a card that may have been cut half-way: what the file held before, and what it was to hold.

A card writes one command's data whole or not at all, but a change can need two. Who reads the file after a cut must get
the old value or the new one, never a mixture that looks like either. So such a change is put down before it is made: in
memory, and among the copies of the card's files, where the next process finds it.
"""

from __future__ import annotations

from cryptolib.cryptoki.constants import CKR_DEVICE_ERROR
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.pkcs15.cache import Cache

# Stands before a path in the name of a note; no path of a card starts like this.
NOTE = b"\0\0"


class Writes:
    """Without a cache, remembered from one insertion of a card to the next as long as the library is initialised."""

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache
        self._begun: dict[tuple[str, bytes], bytes] = {}

    def begin(self, serial: str, path: bytes, old: bytes, new: bytes) -> None:
        """The public file at `path` of the card `serial` holds `old` and is about to hold `new` of the same length."""
        self._note(serial, path, old + new)

    def end(self, serial: str, path: bytes) -> None:
        """It holds what it was to hold."""
        if self._noted(serial, path):
            self._note(serial, path, b"")

    def checked(self, serial: str, path: bytes, content: bytes) -> bytes:
        """`content` as read from the card. Raises CKR_DEVICE_ERROR for a mixture, until the file is written anew."""
        both = self._noted(serial, path)
        if both:
            half = len(both) // 2
            if content not in (both[:half], both[half:]):
                raise CryptokiError(CKR_DEVICE_ERROR, "a file whose writing was cut half-way")
            self.end(serial, path)
        return content

    def _note(self, serial: str, path: bytes, both: bytes) -> None:
        self._begun[serial, path] = both
        if self._cache is not None:
            self._cache.store(serial, NOTE + path, b"", both)

    def _noted(self, serial: str, path: bytes) -> bytes:
        # What is on disk was said by the last one who wrote, whichever process that was.
        both = None if self._cache is None else self._cache.load(serial, NOTE + path, b"")
        return self._begun.get((serial, path), b"") if both is None else both
