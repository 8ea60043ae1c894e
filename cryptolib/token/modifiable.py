"""The files of a card that the holder may write: their size, their content, and what this process knows of it.

On a slow card every byte costs a millisecond. So what was read or written stays known, and a change costs what changes.
Others may write the same file: what is known is compared with the card in samples before it is relied on, and
forgotten with the login and whenever others may have had the card unseen. A reader always gets what the card says.
"""

from __future__ import annotations

from cryptolib.cards import atomic_write
from cryptolib.cards.errors import CardFault, WrongLength

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.card import Card


class ModifiableFiles:
    """Called inside the card's transaction; CardError and TransportError pass."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._announced: dict[bytes, int] = {}
        self._sizes: dict[bytes, int] = {}
        self._held: dict[bytes, bytes] = {}

    def forget(self) -> None:
        """Others may have written."""
        self._held.clear()

    def size(self, path: bytes) -> int:
        """In bytes, as the card says. None changes it while it is in the reader."""
        if path in self._sizes:
            return self._sizes[path]
        if path not in self._announced:
            self._announced[path] = self._card.file_size(path)
        return self._announced[path]

    def content(self, path: bytes) -> bytes:
        """From the card, each time. Raises CutWrite."""
        return atomic_write.value(self._read(path))

    def replace(self, path: bytes, content: bytes) -> None:
        """Write the file, padded with zeros to its size. Raises WrongLength before anything is written."""
        self._require_room(self.size(path), content)
        size = self._true_size(path)
        self._require_room(size, content)
        new = content.ljust(size, b"\0")
        # Of a writing that ends half-way nobody knows what stands there.
        self._card.write_file(path, new, self._held.pop(path, None))
        self._held[path] = new

    def _true_size(self, path: bytes) -> int:
        """What was announced, if the last of so many bytes is there; else the file is read to its end.

        Of a file that is shorter than announced, the last command of a writing would be refused, with the others done.
        """
        if path not in self._sizes:
            announced = self.size(path)
            try:
                self._card.read_part(path, max(announced - 1, 0), 1)
                self._sizes[path] = announced
            except CardFault:
                self._read(path)
        return self._sizes[path]

    def _read(self, path: bytes) -> bytes:
        held = self._card.read_file(path)
        self._held[path], self._sizes[path] = held, len(held)
        return held

    @staticmethod
    def _require_room(size: int, content: bytes) -> None:
        if len(content) > size:
            raise WrongLength(f"{len(content)} bytes for a file of {size}")
