"""EF_ACTUA of a CPS3: when the last update of the card's files began and ended (card specification, ANS)."""

from __future__ import annotations

from cryptolib.cards.errors import DamagedDates
from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import TlvError

EF_ACTUA = bytes.fromhex("3F 00 D0 10")
# What two whole dates take; a card may write them longer, but not for ever.
LENGTH, LONGEST = 20, 128
TEMPLATE, START, END = 0xEC, 0x81, 0x82
NEVER_WRITTEN = b"\x00", b"\xff"


def length(head: bytes) -> int:
    """How long the dates are that begin with `head`; as long as that when it is no beginning of dates."""
    try:
        return tlv.total_length(head) if head[0] == TEMPLATE else len(head)
    except TlvError:
        return len(head)


def check(content: bytes) -> None:
    """Raises DamagedDates unless both dates are there.

    They are compared and never computed with: what no calendar has distinguishes updates as well.
    """
    try:
        dates = [tlv.first(content, TEMPLATE, tag) for tag in (START, END)]
    except TlvError as error:
        raise DamagedDates("EF_ACTUA holds no dates") from error
    if not all(date.strip(filler) for date in dates for filler in NEVER_WRITTEN):
        raise DamagedDates("EF_ACTUA holds an empty date")
