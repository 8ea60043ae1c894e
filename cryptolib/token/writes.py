"""Writes to a card that may have been cut half-way: what the file held before, and what it was to hold.

A card writes one command's data whole or not at all, but a file can need two. Who reads it after a cut must get the old
value or the new one, never a mixture that looks like either.
"""

from __future__ import annotations

from cryptolib.cryptoki.constants import CKR_DEVICE_ERROR
from cryptolib.cryptoki.errors import CryptokiError


class Writes:
    """Remembered from one insertion of a card to the next, as long as the library is initialised."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str, bytes], tuple[bytes, bytes]] = {}

    def begin(self, serial: str, path: bytes, old: bytes, new: bytes) -> None:
        """The file at `path` of the card `serial` holds `old` and is about to hold `new`."""
        self._begun[serial, path] = (old, new)

    def end(self, serial: str, path: bytes) -> None:
        """It holds what it was to hold."""
        self._begun.pop((serial, path), None)

    def checked(self, serial: str, path: bytes, content: bytes) -> bytes:
        """`content` as read from the card. Raises CKR_DEVICE_ERROR for a mixture, until the file is written anew."""
        values = self._begun.get((serial, path))
        if values is not None and content not in values:
            raise CryptokiError(CKR_DEVICE_ERROR, "a file whose writing was cut half-way")
        self.end(serial, path)
        return content
