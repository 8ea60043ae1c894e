"""One card's files that anybody may read: the copy on disk if there is a good one, else the card (ISO/IEC 7816-15, 7).

Who the card is and what its codes have left are never asked here: that the card itself says each time. A file with a
public key is claimed by the card until a result of its private key has been proved with it. What a card says of its
holder is kept together with a public key of the same insertion, and never without one; see ADR 0012.
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
    """Without a cache every file comes from the card. `used` says whether a copy has been given in its place."""

    def __init__(self, cache: Cache | None, card: str) -> None:
        """`card` names the card and its kind: two kinds of one serial number share nothing."""
        self._cache = cache
        self._card = card
        self._edition = b""
        self._bound = False
        self._data: dict[bytes, bytes] = {}
        """Data that is kept as soon as a key of this insertion is."""
        self.used = False

    def get(self, path: bytes, read: Callable[[bytes], bytes]) -> bytes:
        """The content of the file at `path`, which `read` gets from the card."""
        content = self._load(self._card, path)
        if content is None:
            content = read(path)
            self._store(self._card, path, content)
        return content

    def get_data(self, path: bytes, read: Callable[[bytes], bytes]) -> bytes:
        """As `get`, of a file that says something of the holder."""
        content = self._load(self._card, path)
        if content is None:
            content = read(path)
            self._data[path] = content
            if self._bound:
                self.bind()
        return content

    def bind(self) -> None:
        """A public key of this insertion is kept or was compared with the card: its data is kept as well."""
        self._bound = True
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
        """What `parse` makes of a file with a public key. Raises TlvError when the card says twice what is none.

        A copy that no longer `holds` is not given: by now the card may have another.
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
            self.bind()
        return parsed

    def prove(self, path: bytes, content: bytes) -> None:
        """The card has the private key of the public key in `content`, read from the file at `path`."""
        if self._cache is not None and self._cache.load(self._card, path, self._edition) != content:
            self._cache.remove(self._card + CLAIMED, path)
            self._store(self._card, path, content)
        self.bind()

    def claims(self) -> Iterator[tuple[bytes, bytes]]:
        """Path and content of the copies with a public key that no result of the card has proved."""
        for path in () if self._cache is None else self._cache.paths(self._card + CLAIMED):
            content = self._load(self._card + CLAIMED, path)
            if content is not None:
                yield path, content

    def check_card_dates(self, path: bytes, dates: bytes | None) -> None:
        """What the file at `path` says now of the card's last update; None for a card without one.

        Other dates than last time make every copy worthless, no file at all says nothing.
        """
        if self._cache is None or dates is None:
            return
        if self._cache.load(self._card, path, b"") != dates:
            self.forget()
            self._cache.store(self._card, path, b"", dates)

    def set_edition(self, last_update: bytes) -> None:
        """From here on, copies made under another TokenInfo.lastUpdate are of no use."""
        self._edition = last_update

    def forget(self) -> None:
        """The card and its copies do not go together: there are none any more."""
        self.used = self._bound = False
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
