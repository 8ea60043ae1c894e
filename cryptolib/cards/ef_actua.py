"""EF_ACTUA of a CPS3: the begin and the end of the last update of the card's files (card specification, ANS)."""

from __future__ import annotations

from cryptolib.cards.errors import DamagedDates
from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import TlvError

EF_ACTUA = bytes.fromhex("3F 00 D0 10")
# The length of two complete dates, and the most that is read: a card may write them longer.
LENGTH, LONGEST = 20, 128
TEMPLATE, START, END = 0xEC, 0x81, 0x82
NEVER_WRITTEN = b"\x00", b"\xff"


def length(head: bytes) -> int:
    """The length of the dates that begin with `head`; that of `head` itself if it is no beginning of dates."""
    try:
        return tlv.total_length(head) if head[0] == TEMPLATE else len(head)
    except TlvError:
        return len(head)


def check(content: bytes) -> None:
    """Raises DamagedDates unless both dates are there.

    Dates are only compared, never computed with: an impossible date also distinguishes updates.
    """
    try:
        dates = [tlv.first(content, TEMPLATE, tag) for tag in (START, END)]
    except TlvError as error:
        raise DamagedDates("EF_ACTUA holds no dates") from error
    if not all(date.strip(filler) for date in dates for filler in NEVER_WRITTEN):
        raise DamagedDates("EF_ACTUA holds an empty date")
