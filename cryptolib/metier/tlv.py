"""BER-TLV of the données métier and of certificates (ISO/IEC 8825-1, 8.1): strict reading, writing, trees.

Tags have one to three bytes, lengths are definite. Other encodings are no data object.
"""

from __future__ import annotations

from dataclasses import dataclass

DEEPEST = 16
"""The levels of a tree. A deeper data object stays a value, so that no card decides the depth of the recursion."""

_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F


class TlvError(ValueError):
    """The bytes are not the expected data object."""


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object; `raw` is the whole of it, tag and length included."""

    tag: int
    """The bytes of the tag as one big-endian number."""
    value: bytes
    raw: bytes

    def __repr__(self) -> str:
        return f"Tlv({self.tag:02X}, {self.value.hex()})"


@dataclass(frozen=True, slots=True)
class Node:
    """A data object of a tree; a primitive one has a value and no children."""

    tag: int
    value: bytes
    children: tuple[Node, ...] = ()


def read(data: bytes, offset: int = 0) -> tuple[Tlv, int]:
    """The data object at `offset`, and the offset after it. Raises TlvError."""
    tag, length, position = head(data, offset)
    end = position + length
    if end > len(data):
        raise TlvError(f"tag {tag:02X} announces {length} bytes, {len(data) - position} are there")
    return Tlv(tag, data[position:end], data[offset:end]), end


def head(data: bytes, offset: int = 0) -> tuple[int, int, int]:
    """The tag of the data object at `offset`, its announced length, the offset of its value. Raises TlvError."""
    tag, position = _tag(data, offset)
    length, position = _length(data, position)
    return tag, length, position


def read_all(data: bytes) -> tuple[list[Tlv], bytes]:
    """The data objects up to a `00` or to bytes that are none, and those bytes."""
    found: list[Tlv] = []
    offset = 0
    while offset < len(data) and data[offset]:
        try:
            item, offset = read(data, offset)
        except TlvError:
            break
        found.append(item)
    return found, data[offset:]


def children(data: bytes) -> list[Tlv]:
    """The data objects in `data`. Raises TlvError for any other bytes."""
    found, remaining = read_all(data)
    if remaining:
        raise TlvError(f"{len(remaining)} bytes that are no data object")
    return found


def write(tag: int, value: bytes) -> Tlv:
    """The data object, with the shortest form of the length."""
    length = len(value)
    if length < 0x80:
        head = bytes((length,))
    else:
        size = (length.bit_length() + 7) // 8
        head = bytes((0x80 | size,)) + length.to_bytes(size, "big")
    name = tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big")
    return Tlv(tag, value, name + head + value)


def tree(data: bytes) -> tuple[tuple[Node, ...], bytes]:
    """The data objects in `data` as trees, and the bytes after the last one."""
    found, remaining = read_all(data)
    return tuple(_node(item, 1) for item in found), remaining


def _node(item: Tlv, level: int) -> Node:
    if level < DEEPEST and _is_constructed(item.tag):
        try:
            return Node(item.tag, item.value, tuple(_node(child, level + 1) for child in children(item.value)))
        except TlvError:
            pass
    return Node(item.tag, item.value)


def _is_constructed(tag: int) -> bool:
    first = tag
    while first > 0xFF:
        first >>= 8
    return bool(first & _CONSTRUCTED)


def _tag(data: bytes, offset: int) -> tuple[int, int]:
    tag, position = _byte(data, offset), offset + 1
    if tag & _LONG_TAG == _LONG_TAG:
        more = True
        while more:
            byte = _byte(data, position)
            tag, more, position = tag << 8 | byte, bool(byte & 0x80), position + 1
            if tag > 0xFFFFFF:
                raise TlvError("a tag of more than three bytes")
    return tag, position


def _length(data: bytes, offset: int) -> tuple[int, int]:
    length, position = _byte(data, offset), offset + 1
    if length < 0x80:
        return length, position
    size = length & 0x7F
    if not 1 <= size <= 3 or position + size > len(data):
        raise TlvError("an indefinite, oversized or cut length")
    return int.from_bytes(data[position : position + size], "big"), position + size


def _byte(data: bytes, offset: int) -> int:
    if offset >= len(data):
        raise TlvError("cut")
    return data[offset]
