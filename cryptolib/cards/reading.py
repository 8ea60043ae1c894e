"""Reading the selected file with READ BINARY (ISO/IEC 7816-4:2020, 11.3.3), as much at a time as the card lets us."""

from __future__ import annotations

from cryptolib.cards.errors import CardFault, EndOfFile, OutsideFile, RefusedLength
from cryptolib.iso7816 import files
from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER
from cryptolib.pkcs15.place import MAX_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.iso7816.apdu import Command

# Readers and protocols cut answers, but none to less.
SHORTEST_BLOCK = 32
# What is asked for of a card that refuses to give more.
SMALLER = (0xFF, 0xE7, 0x80, 0x40, SHORTEST_BLOCK)


class FileReader:
    """`send` runs one command in the card's application and raises CardError for a refusal."""

    __slots__ = ("_most", "_send")

    def __init__(self, send: Callable[[Command], bytes], most: int = MAX_SHORT_ANSWER) -> None:
        """`most` is what is asked for at first."""
        self._send = send
        self._most = most

    def block(self, offset: int, length: int, least: int = SHORTEST_BLOCK) -> bytes:
        """Up to `length` bytes, not less than `least` of them unless the file ends. No file is read byte by byte."""
        block, ended = self._block(offset, length)
        if not block or (len(block) < min(length, least) and not ended):
            raise CardFault(f"READ BINARY of {length} bytes gave {len(block)}")
        return block

    def range(self, start: int, length: int, content: bytes = b"") -> bytes:
        """Exactly `length` bytes from `start` on, of which `content` are the first."""
        if start + length > MAX_FILE:
            raise CardFault(f"a file of {start + length} bytes")
        while len(content) < length:
            content += self.block(start + len(content), min(length - len(content), MAX_SHORT_ANSWER))
        return content[:length]

    def to_end(self, start: int, most: int) -> bytes:
        """What the file holds from `start` on, but no more than `most` bytes: where it ends, the card says."""
        content, ended, cut = b"", False, False
        while len(content) < most and not ended:
            asked = min(most - len(content), MAX_SHORT_ANSWER)
            try:
                block, ended = self._block(start + len(content), asked)
            except OutsideFile:
                break
            if cut or not (block or content or ended):
                raise CardFault("a file that comes a few bytes at a time")
            # So few may stand at the end of a file, and nowhere else.
            cut = not ended and len(block) < min(asked, SHORTEST_BLOCK)
            ended = ended or not block
            content += block
        return content

    def _block(self, offset: int, length: int) -> tuple[bytes, bool]:
        """Up to `length` bytes, and whether the card said that the file ends behind them."""
        while True:
            asked = min(length, self._most)
            try:
                # What was not asked for would shift everything behind it.
                return self._send(files.read_binary(offset, asked))[:asked], False
            except EndOfFile as end:
                return end.data[:asked], True
            except RefusedLength:
                smaller = [most for most in SMALLER if most < asked]
                if not smaller:
                    raise
                self._most = smaller[0]
