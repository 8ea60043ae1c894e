"""The modifiable files of a card: their size and content, and what this process knows of them.

On a slow card every byte costs a millisecond, so the last content is kept, and only changed bytes are written. Another
program may write the same file: before a write, samples of the kept content are compared with the card. It is dropped
with the login, and whenever other programs may have used the card. A read always asks the card.
"""

from __future__ import annotations

from cryptolib.cards import atomic_write
from cryptolib.cards.errors import CardFault, WrongLength

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.card import Card


class ModifiableFiles:
    """Call it inside the card's transaction; it raises CardError and TransportError."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._announced: dict[bytes, int] = {}
        self._sizes: dict[bytes, int] = {}
        self._held: dict[bytes, bytes] = {}

    def forget(self) -> None:
        """Drop the kept contents: another program may have written."""
        self._held.clear()

    def size(self, path: bytes) -> int:
        """The size in bytes as the card gives it; constant while the card is in the reader."""
        if path in self._sizes:
            return self._sizes[path]
        if path not in self._announced:
            self._announced[path] = self._card.file_size(path)
        return self._announced[path]

    def content(self, path: bytes) -> bytes:
        """Read the file from the card. Raises CutWrite."""
        return atomic_write.value(self._read(path))

    def replace(self, path: bytes, content: bytes) -> None:
        """Write the file, padded with zeros to its size. Raises WrongLength before anything is written."""
        self._require_room(self.size(path), content)
        size = self._true_size(path)
        self._require_room(size, content)
        new = content.ljust(size, b"\0")
        # Dropped first: after an interrupted write the content is unknown.
        self._card.write_file(path, new, self._held.pop(path, None))
        self._held[path] = new

    def _true_size(self, path: bytes) -> int:
        """The announced size if a byte is there at its end; else the length of the whole file, which is read.

        In a file shorter than announced, the card would refuse the last command of a write, after the others were done.
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
