"""Writes a file with several commands so that an interruption leaves the old value, the new one, or a detectable loss.

A card carries out one UPDATE BINARY whole or not at all (ISO/IEC 7816-4:2020, 11.3.5), but power may fail between two.
So the first command puts a mark at the head of the file, and the last one overwrites it. Behind the mark stands the old
or the new value, if either is short enough; the next reader, on any computer, takes that value.
"""

from __future__ import annotations

from binascii import crc32

from cryptolib.cards.errors import CutWrite
from cryptolib.iso7816.apdu import MAX_SHORT_DATA

# Random: no value starts like this by chance.
MARK = bytes.fromhex("D9 6E 3B 0C 5A F4 47 92 A8 1D E7 70 C3 86 2B 5F")
# After the mark: the length of the kept value, a checksum of both, the kept value.
LENGTH = 1
CHECKSUM = 4
HEAD = len(MARK) + LENGTH + CHECKSUM
# How many bytes are compared in each of two places before kept content is relied on.
SAMPLE = 32
# Header and status word: the bytes of a command beside its data.
COMMAND = 7


def steps(held: bytes | None, new: bytes, certain: bool = True, most: int = MAX_SHORT_DATA) -> list[tuple[int, bytes]]:
    """The UPDATE BINARY commands (offset, data) that turn a file with `held` into one with `new`, of the same length.

    `held` is None if the content is unknown. Unless `certain`, the whole file is written. One command carries at most
    `most` bytes.
    """
    start, end = _changed(held, new) if held is not None and certain else (0, len(new))
    if end - start <= most:
        return [(start, new[start:end])]
    mark = _marked(held, new, most - HEAD)
    head = len(mark)
    return [(0, mark), *_blocks(held if certain else None, new, head, most), (0, new[:head])]


def samples(held: bytes, new: bytes) -> list[tuple[int, bytes]]:
    """Where the file must be compared with `held` (offset, bytes): at its head, and around the change."""
    start, _end = _changed(held, new)
    around = max(0, min(start - SAMPLE // 2, len(held) - SAMPLE))
    return [(place, held[place : place + SAMPLE]) for place in sorted({0, around})]


def saves(held: bytes, new: bytes) -> bool:
    """True if writing only the change is safe or cheaper: it is one command, or it saves more bytes than the
    samples cost.
    """
    changes = steps(held, new)
    everything = steps(held, new, certain=False)
    return len(changes) == 1 or _cost(changes) + 2 * (COMMAND + SAMPLE) < _cost(everything)


def value(held: bytes) -> bytes:
    """The value in a file that holds `held`. Raises CutWrite when a write was interrupted and neither value is left."""
    if not held.startswith(MARK):
        return held
    length = held[len(MARK) : len(MARK) + LENGTH]
    kept = held[HEAD : HEAD + int.from_bytes(length, "big")]
    if held[len(MARK) + LENGTH : HEAD] != _checksum(length + kept):
        raise CutWrite("neither the old value nor the new one is left")
    return kept.ljust(len(held), b"\0")


def _marked(held: bytes | None, new: bytes, room: int) -> bytes:
    """The mark, and behind it one of the two values without trailing zeros, if there is room."""
    for one in (new, _value_or_none(held)):
        kept = None if one is None else one.rstrip(b"\0")
        if kept is not None and len(kept) <= room:
            length = len(kept).to_bytes(LENGTH, "big")
            return MARK + length + _checksum(length + kept) + kept
    # A checksum of zeros never matches a length of zero.
    return MARK + bytes(LENGTH + CHECKSUM)


def _value_or_none(held: bytes | None) -> bytes | None:
    try:
        return None if held is None else value(held)
    except CutWrite:
        return None


def _cost(written: list[tuple[int, bytes]]) -> int:
    """The bytes that these commands send."""
    return sum(COMMAND + len(block) for _, block in written)


def _checksum(kept: bytes) -> bytes:
    return crc32(kept).to_bytes(CHECKSUM, "big")


def _blocks(held: bytes | None, new: bytes, start: int, most: int) -> list[tuple[int, bytes]]:
    """The blocks of `new` from `start` on, reduced to the bytes that differ from `held`."""
    found = []
    for at in range(start, len(new), most):
        block = new[at : at + most]
        first, last = 0, len(block)
        if held is not None:
            before = held[at : at + most]
            if before == block:
                continue
            first, last = _changed(before, block)
        found.append((at + first, block[first:last]))
    return found


def _changed(held: bytes, new: bytes) -> tuple[int, int]:
    """The first and the last place in which two contents of one length differ; one byte if they are equal."""
    different = [index for index, (before, after) in enumerate(zip(held, new, strict=True)) if before != after]
    return (different[0], different[-1] + 1) if different else (0, 1)
