"""The card drivers there are: a new card is one file and one name here."""

from __future__ import annotations

from cryptolib.cards.cps3 import Cps3
from cryptolib.cards.cps4 import Cps4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Driver: TypeAlias = type[Cps3] | type[Cps4]

DRIVERS: tuple[Driver, ...] = (Cps3, Cps4)


def driver_for(atr: bytes) -> Driver | None:
    """The driver of the card that answered `atr` to reset, None for a card that is not a CPS."""
    for driver in DRIVERS:
        if any(pattern.matches(atr) for pattern in driver.ATRS):
            return driver
    return None
