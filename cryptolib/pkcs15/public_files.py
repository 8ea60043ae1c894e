"""The public files of one card: the copy on disk if it is good, else the card (ISO/IEC 7816-15, 7).

The serial number and the tries left always come from the card. A copy with a public key is unproved until a result of
the private key has been verified with it. A copy with data of the holder is only kept together with a public key of the
same insertion (ADR 0012).
"""

from __future__ import annotations

from cryptolib.iso7816.tlv import TlvError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from cryptolib.pkcs15.cache import Cache

    T = TypeVar("T")

CLAIMED = "-claimed"


class PublicFiles:
    """Without a cache every file comes from the card. `used` is true once a copy has been given."""

    def __init__(self, cache: Cache | None, card: str) -> None:
        """`card` names the card and its kind, so that two kinds with one serial number share nothing."""
        self._cache = cache
        self._card = card
        self._edition = b""
        self._keeps_data = False
        self._data: dict[bytes, bytes] = {}
        """Data of the holder, kept on disk together with a public key."""
        self.used = False

    def get(self, path: bytes, read: Callable[[bytes], bytes]) -> bytes:
        """The content of the file at `path`, which `read` gets from the card."""
        content = self._load(self._card, path)
        if content is None:
            content = read(path)
            self._store(self._card, path, content)
        return content

    def get_data(self, path: bytes, read: Callable[[bytes], bytes]) -> bytes:
        """As `get`, for a file with data of the holder."""
        content = self._load(self._card, path)
        if content is None:
            content = read(path)
            self._data[path] = content
            if self._keeps_data:
                self.keep_holder_data()
        return content

    def keep_holder_data(self) -> None:
        """Keep the data of the holder too: a public key of this insertion is kept, or was compared with the card."""
        self._keeps_data = True
        for path, content in self._data.items():
            self._store(self._card, path, content)
        self._data.clear()

    def get_key(
        self,
        path: bytes,
        read: Callable[[bytes], bytes],
        parse: Callable[[bytes], T],
        holds: Callable[[T], bool] = lambda _parsed: True,
    ) -> T:
        """Parse a file with a public key. Raises TlvError if the card gives unparsable content twice.

        A copy for which `holds` is false is ignored: the card may have a new one.
        """
        out_of_date = b""
        for card in (self._card, self._card + CLAIMED):
            try:
                content = self._load(card, path)
                if content is not None:
                    parsed = parse(content)
                    if holds(parsed):
                        return parsed
                    out_of_date = content
            except TlvError:
                continue
        content = read(path)
        try:
            parsed = parse(content)
        except TlvError:
            content = read(path)
            parsed = parse(content)
        if content != out_of_date:
            self._store(self._card + CLAIMED, path, content)
            self.keep_holder_data()
        return parsed

    def prove(self, path: bytes, content: bytes) -> None:
        """The card has the private key of the public key in `content`, the file at `path`."""
        if self._cache is not None and self._cache.load(self._card, path, self._edition) != content:
            self._cache.remove(self._card + CLAIMED, path)
            self._store(self._card, path, content)
        self.keep_holder_data()

    def unproved_keys(self) -> Iterator[tuple[bytes, bytes]]:
        """Path and content of the copies with a public key that no result of the card has proved."""
        for path in () if self._cache is None else self._cache.paths(self._card + CLAIMED):
            content = self._load(self._card + CLAIMED, path)
            if content is not None:
                yield path, content

    def check_card_dates(self, path: bytes, dates: bytes | None) -> None:
        """Compare the content of the file at `path` with the last known dates; None for a card without dates.

        Other dates make every copy worthless. A missing file says nothing.
        """
        if self._cache is None or dates is None:
            return
        if self._cache.load(self._card, path, b"") != dates:
            self.forget()
            self._cache.store(self._card, path, b"", dates)

    def set_edition(self, last_update: bytes) -> None:
        """Use only copies made under this TokenInfo.lastUpdate from here on."""
        self._edition = last_update

    def forget(self) -> None:
        """Drop all copies: they are not this card's."""
        self.used = self._keeps_data = False
        self._data.clear()
        if self._cache is not None:
            self._cache.forget(self._card)
            self._cache.forget(self._card + CLAIMED)

    def _load(self, card: str, path: bytes) -> bytes | None:
        content = None if self._cache is None else self._cache.load(card, path, self._edition)
        self.used |= content is not None
        return content

    def _store(self, card: str, path: bytes, content: bytes) -> None:
        if self._cache is not None:
            self._cache.store(card, path, self._edition, content)
