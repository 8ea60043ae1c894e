"""The card drivers by name. A new card needs a file, a name here, and its answers to reset in `atr`."""

from __future__ import annotations

from cryptolib.cards.cps3 import Cps3
from cryptolib.cards.cps3cl import Cps3Contactless
from cryptolib.cards.cps4 import Cps4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from cryptolib.cards.card import Card

    Driver: TypeAlias = type[Card]

DRIVERS: dict[str, Driver] = {"cps3": Cps3, "cps3cl": Cps3Contactless, "cps4": Cps4}
