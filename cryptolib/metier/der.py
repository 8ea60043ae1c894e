"""The parts of DER that certificates need (ITU-T X.690): SEQUENCE, OBJECT IDENTIFIER, strings, times."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptolib.metier.tlv import Tlv, TlvError, children

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER = 0x01, 0x02, 0x03, 0x04, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31

_LARGEST = 1 << 128
"""Limits the work on a damaged certificate; the largest number in use is a UUID."""

_ENCODINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1C: "utf-32-be",
              0x1E: "utf-16-be"}  # fmt: skip


def parts(item: Tlv, tag: int = SEQUENCE) -> list[Tlv]:
    """The data objects in a data object with this tag. Raises TlvError for another tag."""
    return children(expect(item, tag).value)


def expect(item: Tlv, tag: int) -> Tlv:
    """`item` if it has this tag. Raises TlvError for another tag."""
    if item.tag != tag:
        raise TlvError(f"tag {item.tag:02X} where {tag:02X} is expected")
    return item


def identifier(item: Tlv) -> str:
    """An OBJECT IDENTIFIER in dotted form. Raises TlvError."""
    numbers, number = [], 0
    for byte in expect(item, OBJECT_IDENTIFIER).value:
        number = number << 7 | byte & 0x7F
        if number > _LARGEST:
            raise TlvError("a number that no object identifier has")
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    if not numbers or item.value[-1] & 0x80:
        raise TlvError("not an object identifier")
    first = min(numbers[0] // 40, 2)
    return ".".join(str(number) for number in (first, numbers[0] - 40 * first, *numbers[1:]))


def text(item: Tlv) -> str | None:
    """A string of any type that names may have; None for another type."""
    try:
        return item.value.decode(_ENCODINGS[item.tag])
    except (KeyError, UnicodeDecodeError):
        return None


def moment(item: Tlv) -> datetime:
    """A UTCTime or GeneralizedTime, to the second and in UTC (RFC 5280, 4.1.2.5). Raises ValueError."""
    digits = item.value.decode("latin-1")
    if item.tag == UTC_TIME and len(digits) == 13:
        digits = ("19" if digits >= "50" else "20") + digits
    if len(digits) != 15 or digits[-1] != "Z" or not digits[:-1].isdecimal():
        raise TlvError("not a moment to the second in UTC")
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def bits(item: Tlv) -> frozenset[int]:
    """The numbers of the set bits of a BIT STRING; the first bit is 0. Raises TlvError."""
    value = expect(item, BIT_STRING).value[1:]
    return frozenset(at for at in range(8 * len(value)) if value[at // 8] & 0x80 >> at % 8)
