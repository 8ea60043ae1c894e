"""Reads BER-TLV (ISO/IEC 8825-1 8.1, as used by ISO/IEC 7816-4 5.2.2.1), without recursion on card data."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class TlvError(ValueError):
    """The bytes are not the BER-TLV that was expected."""


class Tlv:
    """One data object: `tag` as a big-endian integer, `value` its content, `raw` the whole object."""

    __slots__ = ("raw", "tag", "value")

    def __init__(self, tag: int, value: bytes, raw: bytes) -> None:
        self.tag = tag
        self.value = value
        self.raw = raw

    def __repr__(self) -> str:
        return f"Tlv({self.tag:X}, {len(self.value)} bytes)"


def read(data: bytes, offset: int = 0) -> tuple[Tlv, int]:
    """The data object at `offset`, and the offset after it. Raises TlvError when it is cut or malformed."""
    tag, position = _tag(data, offset)
    length, position = _length(data, position)
    end = position + length
    if end > len(data):
        raise TlvError(f"tag {tag:X} announces {length} bytes, {len(data) - position} are there")
    return Tlv(tag, data[position:end], data[offset:end]), end


def items(data: bytes) -> Iterator[Tlv]:
    """The data objects in order; skips the padding 00 and FF between and after them (ISO 7816-4 5.2.2.1)."""
    offset = 0
    while offset < len(data):
        if data[offset] in (0x00, 0xFF):
            offset += 1
            continue
        item, offset = read(data, offset)
        yield item


def total_length(head: bytes) -> int:
    """The length in bytes of the data object that starts with `head`; its tag and length bytes are enough."""
    _tag_value, position = _tag(head, 0)
    length, position = _length(head, position)
    return position + length


def first(data: bytes, *path: int) -> bytes:
    """The value at `path`, the first match at each level. Raises TlvError when a step is missing."""
    for tag in path:
        for item in items(data):
            if item.tag == tag:
                data = item.value
                break
        else:
            raise TlvError(f"no tag {tag:X}")
    return data


def _tag(data: bytes, offset: int) -> tuple[int, int]:
    try:
        tag = data[offset]
        offset += 1
        if tag & 0x1F == 0x1F:
            more = True
            while more:
                byte = data[offset]
                tag, more = tag << 8 | byte, bool(byte & 0x80)
                offset += 1
                if tag > 0xFFFFFF:
                    raise TlvError("a tag of more than three bytes")
    except IndexError:
        raise TlvError("cut inside a tag") from None
    return tag, offset


def _length(data: bytes, offset: int) -> tuple[int, int]:
    if offset >= len(data):
        raise TlvError("cut before a length")
    length = data[offset]
    offset += 1
    if length < 0x80:
        return length, offset
    size = length & 0x7F
    if not 1 <= size <= 4 or offset + size > len(data):
        raise TlvError("an indefinite, oversized or cut length")
    return int.from_bytes(data[offset : offset + size], "big"), offset + size
