"""EF_ACTUA of a CPS3: when the last update of the card's files began and ended (card specification, ANS)."""

from __future__ import annotations

from cryptolib.cards.errors import DamagedDates
from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import TlvError

EF_ACTUA = bytes.fromhex("3F 00 D0 10")
LENGTH = 20
TEMPLATE, START, END = 0xEC, 0x81, 0x82
# YYYYMMDDhhmmss in BCD.
DATE_LENGTH = 7
LOWEST, HIGHEST = (1, 1, 0, 0, 0), (12, 31, 23, 59, 59)


def check(content: bytes) -> None:
    """Raises DamagedDates unless both dates can be read."""
    try:
        for tag in (START, END):
            _check_date(tlv.first(content, TEMPLATE, tag))
    except (TlvError, ValueError) as error:
        raise DamagedDates("EF_ACTUA holds no dates") from error


def _check_date(date: bytes) -> None:
    digits = date.hex()
    numbers = [int(digits[at : at + 2]) for at in range(4, len(digits), 2)]
    in_range = all(low <= number <= high for low, number, high in zip(LOWEST, numbers, HIGHEST, strict=True))
    if len(date) != DATE_LENGTH or not digits.isdigit() or not in_range:
        raise ValueError("no date")
