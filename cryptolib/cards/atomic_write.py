"""Writing a file with several commands: if it is cut, the card still gives the old value or the new one, or none.

A card carries out one UPDATE BINARY (ISO/IEC 7816-4:2020, 11.3.5) whole or not at all; power can go between two. So the
first of several puts a mark at the head of the file, which the last one writes over. Behind the mark stands one of the
two values, if one is short enough: who reads the file next, on whichever machine, gives that.
"""

from __future__ import annotations

from binascii import crc32

from cryptolib.cards.errors import CutWrite
from cryptolib.iso7816 import files
from cryptolib.iso7816.apdu import MAX_SHORT_DATA

# Drawn at random once: no value starts like this by chance.
MARK = bytes.fromhex("D9 6E 3B 0C 5A F4 47 92 A8 1D E7 70 C3 86 2B 5F")
CHECKSUM = 4
HEAD = len(MARK) + CHECKSUM
ROOM = MAX_SHORT_DATA - HEAD


def steps(held: bytes, new: bytes) -> list[tuple[int, bytes]]:
    """What to write where, one command after the other, so that a file of `held` becomes one of `new`, as long."""
    start, end = _changed(held, new)
    if end - start <= MAX_SHORT_DATA:
        return [(start, new[start:end])]
    (_, head), *rest = files.blocks(new)
    return [(0, _marked(held, new)), *rest, (0, head)]


def value(held: bytes) -> bytes:
    """What a file that holds `held` says. Raises CutWrite when its writing was cut and neither value is left."""
    if not held.startswith(MARK):
        return held
    kept = held[HEAD:MAX_SHORT_DATA]
    if held[len(MARK) : HEAD] != _checksum(kept):
        raise CutWrite("neither the old value nor the new one is left")
    return kept.ljust(len(held), b"\0")


def _marked(held: bytes, new: bytes) -> bytes:
    """The mark, and behind it one of the two values without the zeros at its end, if there is room."""
    try:
        old = value(held)
    except CutWrite:
        old = new
    for one in (new, old):
        kept = one.rstrip(b"\0").ljust(ROOM, b"\0")
        if len(kept) == ROOM:
            return MARK + _checksum(kept) + kept
    # Zeros are not the checksum of zeros.
    return MARK.ljust(MAX_SHORT_DATA, b"\0")


def _checksum(kept: bytes) -> bytes:
    return crc32(kept).to_bytes(CHECKSUM, "big")


def _changed(held: bytes, new: bytes) -> tuple[int, int]:
    """Where two contents of one length differ, from the first byte to the last; one byte if they do not."""
    different = [index for index, (before, after) in enumerate(zip(held, new, strict=True)) if before != after]
    return (different[0], different[-1] + 1) if different else (0, 1)
