"""Writing a file with several commands: if it is cut, the card still gives the old value or the new one, or none.

A card carries out one UPDATE BINARY (ISO/IEC 7816-4:2020, 11.3.5) whole or not at all; power can go between two. So the
first of several puts a mark at the head of the file, which the last one writes over. Behind the mark stands one of the
two values, if one is short enough: who reads the file next, on whichever machine, gives that.
"""

from __future__ import annotations

from binascii import crc32

from cryptolib.cards.errors import CutWrite
from cryptolib.iso7816.apdu import MAX_SHORT_DATA

# Drawn at random once: no value starts like this by chance.
MARK = bytes.fromhex("D9 6E 3B 0C 5A F4 47 92 A8 1D E7 70 C3 86 2B 5F")
# Behind it the length of the value that is kept, a checksum of both, and that value.
LENGTH = 1
CHECKSUM = 4
HEAD = len(MARK) + LENGTH + CHECKSUM
ROOM = MAX_SHORT_DATA - HEAD
# So much is read again of a content that was known, in each of two places, before it is relied on.
SAMPLE = 32
# Header and status word: what a command costs beside its data.
COMMAND = 7


def steps(held: bytes | None, new: bytes, certain: bool = True) -> list[tuple[int, bytes]]:
    """What to write where, one command after the other, so that a file of `held` becomes one of `new`, as long.

    `held` is None where nobody knows what stands in the file. Unless that is `certain`, all of the file is written.
    """
    start, end = _changed(held, new) if held is not None and certain else (0, len(new))
    if end - start <= MAX_SHORT_DATA:
        return [(start, new[start:end])]
    mark = _marked(held, new)
    head = len(mark)
    return [(0, mark), *_blocks(held if certain else None, new, head), (0, new[:head])]


def samples(held: bytes, new: bytes) -> list[tuple[int, bytes]]:
    """Where to look whether the file still holds `held`, and what stands there: at its head, and where it changes."""
    start, _end = _changed(held, new)
    around = max(0, min(start - SAMPLE // 2, len(held) - SAMPLE))
    return [(place, held[place : place + SAMPLE]) for place in sorted({0, around})]


def saves(held: bytes, new: bytes) -> bool:
    """Whether to write only what is not there already: in one command that nothing cuts, or for what samples cost."""
    changes = steps(held, new)
    everything = steps(held, new, certain=False)
    return len(changes) == 1 or _cost(changes) + 2 * (COMMAND + SAMPLE) < _cost(everything)


def value(held: bytes) -> bytes:
    """What a file that holds `held` says. Raises CutWrite when its writing was cut and neither value is left."""
    if not held.startswith(MARK):
        return held
    length = held[len(MARK) : len(MARK) + LENGTH]
    kept = held[HEAD : HEAD + int.from_bytes(length, "big")]
    if held[len(MARK) + LENGTH : HEAD] != _checksum(length + kept):
        raise CutWrite("neither the old value nor the new one is left")
    return kept.ljust(len(held), b"\0")


def _marked(held: bytes | None, new: bytes) -> bytes:
    """The mark, and behind it one of the two values without the zeros at its end, if there is room."""
    for one in (new, _value_or_none(held)):
        kept = None if one is None else one.rstrip(b"\0")
        if kept is not None and len(kept) <= ROOM:
            length = len(kept).to_bytes(LENGTH, "big")
            return MARK + length + _checksum(length + kept) + kept
    # Zeros are not the checksum of a zero.
    return MARK + bytes(LENGTH + CHECKSUM)


def _value_or_none(held: bytes | None) -> bytes | None:
    try:
        return None if held is None else value(held)
    except CutWrite:
        return None


def _cost(written: list[tuple[int, bytes]]) -> int:
    """In bytes on the line."""
    return sum(COMMAND + len(block) for _, block in written)


def _checksum(kept: bytes) -> bytes:
    return crc32(kept).to_bytes(CHECKSUM, "big")


def _blocks(held: bytes | None, new: bytes, start: int) -> list[tuple[int, bytes]]:
    """The blocks of `new` from `start` on, each without what stands in the file already."""
    found = []
    for at in range(start, len(new), MAX_SHORT_DATA):
        block = new[at : at + MAX_SHORT_DATA]
        first, last = 0, len(block)
        if held is not None:
            before = held[at : at + MAX_SHORT_DATA]
            if before == block:
                continue
            first, last = _changed(before, block)
        found.append((at + first, block[first:last]))
    return found


def _changed(held: bytes, new: bytes) -> tuple[int, int]:
    """Where two contents of one length differ, from the first byte to the last; one byte if they do not."""
    different = [index for index, (before, after) in enumerate(zip(held, new, strict=True)) if before != after]
    return (different[0], different[-1] + 1) if different else (0, 1)
