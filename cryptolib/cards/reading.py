"""Reads the selected file with READ BINARY (ISO/IEC 7816-4:2020, 11.3.3), in blocks as long as the card allows."""

from __future__ import annotations

from cryptolib.cards.errors import CardFault, EndOfFile, OutsideFile, RefusedLength
from cryptolib.iso7816 import files
from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER
from cryptolib.pkcs15.place import MAX_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.iso7816.apdu import Command

# Readers and protocols shorten answers, but never below this.
SHORTEST_BLOCK = 32
# The lengths to try when the card refuses a longer block.
SMALLER = (0xFF, 0xE7, 0x80, 0x40, SHORTEST_BLOCK)


class FileReader:
    """`send` runs one command in the card's application and raises CardError for a refusal."""

    __slots__ = ("_most", "_send")

    def __init__(self, send: Callable[[Command], bytes], most: int = MAX_SHORT_ANSWER) -> None:
        """`most` is the length of the first block."""
        self._send = send
        self._most = most

    def block(self, offset: int, length: int, least: int = SHORTEST_BLOCK) -> bytes:
        """Up to `length` bytes; fewer than `least` only at the end of the file. So no file is read byte by byte."""
        block, ended = self._block(offset, length)
        if not block or (len(block) < min(length, least) and not ended):
            raise CardFault(f"READ BINARY of {length} bytes gave {len(block)}")
        return block

    def range(self, start: int, length: int, content: bytes = b"") -> bytes:
        """Exactly `length` bytes from `start` on; `content` is the part already read."""
        if start + length > MAX_FILE:
            raise CardFault(f"a file of {start + length} bytes")
        while len(content) < length:
            content += self.block(start + len(content), min(length - len(content), MAX_SHORT_ANSWER))
        return content[:length]

    def to_end(self, start: int, most: int) -> bytes:
        """The bytes from `start` to the end of the file, at most `most`; the card tells where the file ends.

        A card may refuse to read beyond the end: it is asked for fewer bytes then, down to one.
        """
        content, ended, cut, limit = b"", False, False, MAX_SHORT_ANSWER
        while len(content) < most and not ended:
            asked = min(most - len(content), limit)
            block, ended = self._tail(start + len(content), asked)
            if not block and asked > 1 and not cut:
                ended, limit = False, asked // 2
                continue
            if not (block or content or ended) or (block and cut):
                raise CardFault("a file that comes a few bytes at a time")
            # Only the last block may be so short.
            cut = not ended and len(block) < min(asked, SHORTEST_BLOCK)
            ended = ended or not block
            content += block
        return content

    def _tail(self, offset: int, length: int) -> tuple[bytes, bool]:
        """As `_block`, for a file of unknown length: a refused length may be beyond the end of the file."""
        try:
            return self._once(offset, min(length, self._most))
        except OutsideFile:
            return b"", True
        except RefusedLength:
            if length == 1:
                raise
            return b"", False

    def _block(self, offset: int, length: int) -> tuple[bytes, bool]:
        """Up to `length` bytes, and whether the card said that the file ends after them."""
        while True:
            asked = min(length, self._most)
            try:
                return self._once(offset, asked)
            except RefusedLength:
                smaller = [most for most in SMALLER if most < asked]
                if not smaller:
                    raise
                self._most = smaller[0]

    def _once(self, offset: int, asked: int) -> tuple[bytes, bool]:
        try:
            # Surplus bytes would shift everything after them.
            return self._send(files.read_binary(offset, asked))[:asked], False
        except EndOfFile as end:
            return end.data[:asked], True
