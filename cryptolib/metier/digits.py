"""Formats of numbers and dates on the card, in both directions. Invalid content raises ValueError."""

from __future__ import annotations

from datetime import date, datetime

_DATE, _MOMENT = "%Y%m%d", "%Y%m%d%H%M%S"


def read_bcd(value: bytes) -> str:
    """BCD: two decimal digits per byte, high half first; F fills an odd number up."""
    digits = value.hex().rstrip("f")
    if not digits.isdecimal():
        raise ValueError("a half byte above nine")
    return digits


def write_bcd(digits: str) -> bytes:
    return bytes.fromhex(digits + "f" * (len(digits) % 2))


def read_date(value: bytes) -> date:
    """Eight digits AAAAMMJJ in BCD."""
    return datetime.strptime(_exactly(read_bcd(value), 8), _DATE).date()


def write_date(day: date) -> bytes:
    return write_bcd(f"{day.year:04}{day.month:02}{day.day:02}")


def read_moment(value: bytes) -> datetime:
    """Fourteen digits AAAAMMJJhhmmss in BCD; the card does not give the time zone."""
    return datetime.strptime(_exactly(read_bcd(value), 14), _MOMENT)


def write_moment(moment: datetime) -> bytes:
    return write_bcd(f"{moment.year:04}{moment:%m%d%H%M%S}")


def read_decimal(value: bytes) -> str:
    """DEC: each byte is a number from 0 to 99, given as two digits."""
    if not value or max(value) > 99:
        raise ValueError("a byte above 99")
    return "".join(f"{byte:02}" for byte in value)


def write_decimal(digits: str) -> bytes:
    return bytes(int(digits[start : start + 2]) for start in range(0, len(digits), 2))


def read_hexadecimal(value: bytes) -> str:
    """HEX: one byte as two upper case hexadecimal digits."""
    return f"{read_byte(value):02X}"


def write_hexadecimal(digits: str) -> bytes:
    return bytes.fromhex(digits)


def read_byte(value: bytes) -> int:
    """One byte as a number, 0 to 255."""
    if len(value) != 1:
        raise ValueError("not one byte")
    return value[0]


def write_byte(number: int) -> bytes:
    return bytes((number,))


def read_nibbles(value: bytes) -> str:
    """NIB: one upper case hexadecimal digit per half byte; F fills an odd number up."""
    if not value:
        raise ValueError("no digit")
    return value.hex().upper().removesuffix("F")


def write_nibbles(digits: str) -> bytes:
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def _exactly(digits: str, count: int) -> str:
    if len(digits) != count:
        raise ValueError(f"{len(digits)} digits where there are {count}")
    return digits
