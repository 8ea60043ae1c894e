"""One card's files that anybody may read: the copy on disk if there is a good one, else the card (ISO/IEC 7816-15, 7).

Who the card is and what its codes have left are never asked here: that the card itself says each time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.pkcs15.cache import Cache

UPDATE_DATES = bytes.fromhex("3F 00 D0 10")


class PublicFiles:
    """Without a cache every file comes from the card."""

    def __init__(self, cache: Cache | None, serial: str) -> None:
        self._cache = cache
        self._serial = serial
        self._edition = b""

    def get(self, path: bytes, read: Callable[[bytes], bytes]) -> bytes:
        """The content of the file at `path`, which `read` gets from the card."""
        if self._cache is None:
            return read(path)
        content = self._cache.load(self._serial, path, self._edition)
        if content is None:
            content = read(path)
            self._cache.store(self._serial, path, self._edition, content)
        return content

    def updated(self, dates: bytes | None) -> None:
        """What EF_ACTUA says now: other dates than last time make every copy worthless, no file at all says nothing."""
        if self._cache is None or dates is None:
            return
        if self._cache.load(self._serial, UPDATE_DATES, b"") != dates:
            self._cache.forget(self._serial)
            self._cache.store(self._serial, UPDATE_DATES, b"", dates)

    def dated(self, last_update: bytes) -> None:
        """From here on, copies made under another TokenInfo.lastUpdate are of no use."""
        self._edition = last_update

    def forget(self) -> None:
        """The card and its copies do not go together: read everything anew at the next insertion."""
        if self._cache is not None:
            self._cache.forget(self._serial)
