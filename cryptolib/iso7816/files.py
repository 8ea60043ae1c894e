"""SELECT, READ BINARY and UPDATE BINARY (ISO/IEC 7816-4:2020, 11.2), and the file size in an answer to SELECT
(7.4.3).
"""

from __future__ import annotations

from cryptolib.iso7816 import ins, tlv
from cryptolib.iso7816.apdu import Command

BY_IDENTIFIER = 0x00
BY_DF_NAME = 0x04
BY_PATH_FROM_MF = 0x08
RETURN_FCI = 0x00
RETURN_FCP = 0x04
RETURN_NOTHING = 0x0C

# File size without structural information (tag 80), and with it (tag 81).
FILE_SIZE, FILE_SIZE_WITH_STRUCTURE = 0x80, 0x81
# Tag and length of the template, tag and length of the size, two bytes of size.
SIZE_AT_HEAD = 6


def select(p1: int, p2: int, data: bytes, le: int | None = None) -> Command:
    """SELECT by `p1`; without `le` no answer data are requested, whatever `p2` offers."""
    return Command("SELECT", ins.SELECT, p1, p2, data, le)


def read_binary(offset: int, length: int) -> Command:
    """READ BINARY of `length` (1 to 256) bytes of the current file at `offset` (below 32768)."""
    return Command("READ BINARY", ins.READ_BINARY, offset >> 8, offset & 0xFF, le=length)


def update_binary(offset: int, data: bytes) -> Command:
    """UPDATE BINARY of at most 255 bytes of the current file."""
    return Command("UPDATE BINARY", ins.UPDATE_BINARY, offset >> 8, offset & 0xFF, data)


def size_at_head(fci: bytes) -> int | None:
    """The size in the first SIZE_AT_HEAD bytes of the answer; None for a card whose answer begins with something
    else.
    """
    if len(fci) < SIZE_AT_HEAD or fci[0] not in (0x62, 0x6F) or fci[2:4] != bytes((FILE_SIZE, 2)):
        return None
    return int.from_bytes(fci[4:SIZE_AT_HEAD], "big")


def file_size(fci: bytes) -> int:
    """The size in bytes that FCI (6F) or FCP (62) data announce in tag 80, else 81. Raises TlvError when absent."""
    template, _end = tlv.read(fci)
    sizes = {item.tag: item.value for item in tlv.items(template.value) if item.value}
    for tag in (FILE_SIZE, FILE_SIZE_WITH_STRUCTURE):
        if tag in sizes:
            return int.from_bytes(sizes[tag], "big")
    raise tlv.TlvError("no file size in the answer to SELECT")
