"""The card drivers there are: a new card is one file, one name here and its answers to reset."""

from __future__ import annotations

from cryptolib.cards.cps3 import Cps3
from cryptolib.cards.cps4 import Cps4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Driver: TypeAlias = type[Cps3] | type[Cps4]

DRIVERS: dict[str, Driver] = {"cps3": Cps3, "cps4": Cps4}
