"""Which slot a program has to take that does not look for the CPS itself: Java, and many a script (docs/adr/0015)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptolib.cli.cards import Reader, ReaderState
from cryptolib.cli.diagnosis.check_result import CheckResult
from cryptolib.cli.severity import Severity


@dataclass(frozen=True, slots=True)
class Slot:
    index: int
    """Its place in the list of C_GetSlotList in a program that starts now: here, the module has just been started."""
    reader: str


def pointed_slots(found: list[Reader]) -> list[Slot]:
    """The slots with a CPS, where another card beside it can be taken for it."""
    if sum(each.state is not ReaderState.EMPTY for each in found) < 2:
        return []
    return [Slot(index, each.name) for index, each in enumerate(found) if each.card is not None]


def slot_result(slot: Slot) -> CheckResult:
    return CheckResult("slot.listed", Severity.INFO, {"reader": slot.reader, "index": slot.index})
