"""The formats that fields of several objects share."""

from __future__ import annotations

from cryptolib.metier import digits, text
from cryptolib.metier.codes import CARD_TYPE, Code
from cryptolib.metier.layout import Codec, single

TEXT = single(text.read, text.write)
TEXTS = single(text.read_list, text.write_list)
NUMBER = single(digits.read_bcd, digits.write_bcd)
DATE = single(digits.read_date, digits.write_date)
MOMENT = single(digits.read_moment, digits.write_moment)
DECIMAL = single(digits.read_decimal, digits.write_decimal)
BYTE = single(digits.read_byte, digits.write_byte)
NIBBLES = single(digits.read_nibbles, digits.write_nibbles)


def decimal_code(nomenclature: str) -> Codec:
    """A two-digit code in one byte."""
    return decimal_codes(nomenclature)


def decimal_codes(*nomenclatures: str) -> Codec:
    """Two-digit codes, one byte each; the last ones may be missing."""

    def read(value: bytes) -> tuple[Code | None, ...]:
        if not 1 <= len(value) <= len(nomenclatures):
            raise ValueError("too many codes, or none")
        codes = [Code(digits.read_decimal(value[at : at + 1]), nomenclatures[at]) for at in range(len(value))]
        return (*codes, *(None for _ in nomenclatures[len(value) :]))

    def write(*codes: Code | None) -> bytes:
        there = [code.code for code in codes if code is not None]
        return digits.write_decimal("".join(there))

    return Codec(read, write)


def decimal_code_list(nomenclature: str) -> Codec:
    """Any number of two-digit codes, one byte each."""

    def read(value: bytes) -> tuple[Code, ...]:
        decimal = digits.read_decimal(value)
        return tuple(Code(decimal[at : at + 2], nomenclature) for at in range(0, len(decimal), 2))

    return single(read, lambda codes: digits.write_decimal("".join(code.code for code in codes)))


def hexadecimal_code(nomenclature: str) -> Codec:
    """A code of two hexadecimal digits in one byte."""
    return single(
        lambda value: Code(digits.read_hexadecimal(value), nomenclature),
        lambda code: digits.write_hexadecimal(code.code),
    )


def text_code(nomenclature: str) -> Codec:
    def read(value: bytes) -> Code:
        code = text.read(value)
        if not code:
            raise ValueError("no code")
        return Code(code, nomenclature)

    return single(read, lambda code: text.write(code.code))


def _read_card_type(value: bytes) -> tuple[Code, bytes | None]:
    if len(value) > 2:
        raise ValueError("more than two bytes")
    return Code(digits.read_hexadecimal(value[:1]), CARD_TYPE), value[1:] or None


def _write_card_type(code: Code | None, flags: bytes | None) -> bytes:
    if code is None:
        raise ValueError("flags without a type of card")
    return digits.write_hexadecimal(code.code) + (flags or b"")


CARD_TYPE_AND_FLAGS = Codec(_read_card_type, _write_card_type)
"""The type of card, then an optional byte of flags."""
