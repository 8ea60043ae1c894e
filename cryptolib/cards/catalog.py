"""The card drivers by name. A new card needs a file, a name here and in `abi/loading`, and its ATRs in `atr`.

A driver is imported when its card is used: most applications use one kind of card.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from cryptolib.cards.card import Card

    Driver: TypeAlias = type[Card]

# Module and class.
DRIVERS = {
    "cps3": ("cryptolib.cards.cps3", "Cps3"),
    "cps3cl": ("cryptolib.cards.cps3cl", "Cps3Contactless"),
    "cps4": ("cryptolib.cards.cps4", "Cps4"),
}


def driver_of(card: str) -> Driver:
    """The driver of the card with this name."""
    module, name = DRIVERS[card]
    driver: Driver = getattr(__import__(module, fromlist=(name,)), name)
    return driver
