"""BER-TLV, written and read in full, with the DER types that PKCS#15 files are made of.

ISO/IEC 8825-1:2015 clauses 8 and 10.
"""

from __future__ import annotations

from collections.abc import Iterator


def tlv(tag: int, *values: bytes) -> bytes:
    """One data object; ``tag`` is the tag as it is written, e.g. 0x30, 0x7F48 or 0xBF8101."""
    value = b"".join(values)
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + _length(len(value)) + value


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def parse(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (tag, value) pairs of one level; ValueError when a header or a value is cut short."""
    position = 0
    while position < len(data):
        tag, position = _parse_tag(data, position)
        length, position = _parse_length(data, position)
        if position + length > len(data):
            raise ValueError("data object longer than its container")
        yield tag, data[position : position + length]
        position += length


def _parse_tag(data: bytes, position: int) -> tuple[int, int]:
    start = position
    position += 1
    if data[start] & 0x1F == 0x1F:
        while True:
            position += 1
            if position > len(data):
                raise ValueError("tag cut short")
            if not data[position - 1] & 0x80:
                break
    return int.from_bytes(data[start:position], "big"), position


def _parse_length(data: bytes, position: int) -> tuple[int, int]:
    if position >= len(data):
        raise ValueError("length missing")
    first = data[position]
    position += 1
    if first < 0x80:
        return first, position
    octets = data[position : position + (first & 0x7F)]
    if not octets or len(octets) != first & 0x7F:
        raise ValueError("length cut short")
    return int.from_bytes(octets, "big"), position + len(octets)


def sequence(*values: bytes) -> bytes:
    return tlv(0x30, *values)


def context(number: int, *values: bytes) -> bytes:
    """A constructed context-specific data object, e.g. ``[1] { ... }``."""
    return tlv(0xA0 | number, *values)


def integer(value: int) -> bytes:
    """A non-negative INTEGER."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def enumerated(value: int) -> bytes:
    return tlv(0x0A, bytes((value,)))


def octets(value: bytes) -> bytes:
    return tlv(0x04, value)


def utf8(text: str) -> bytes:
    return tlv(0x0C, text.encode())


def null() -> bytes:
    return tlv(0x05)


def oid(dotted: str) -> bytes:
    first, second, *others = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, bytes((first * 40 + second,)), *(_base128(arc) for arc in others))


def _base128(arc: int) -> bytes:
    digits = [arc & 0x7F]
    while arc := arc >> 7:
        digits.append(arc & 0x7F | 0x80)
    return bytes(reversed(digits))


def bit_string(*bits: int) -> bytes:
    """A named bit list in DER: no trailing zero bit."""
    if not bits:
        return tlv(0x03, b"\x00")
    size = max(bits) // 8 + 1
    return tlv(0x03, bytes((7 - max(bits) % 8,)), _bits(bits, size))


def quirky_bit_string(*bits: int) -> bytes:
    """A named bit list as issued cards hold it: the initial octet is 08, of which only the low three bits count."""
    return tlv(0x03, b"\x08", _bits(bits, max(bits, default=0) // 8 + 1))


def _bits(bits: tuple[int, ...], size: int) -> bytes:
    value = 0
    for bit in bits:
        value |= 1 << (size * 8 - 1 - bit)
    return value.to_bytes(size, "big")
