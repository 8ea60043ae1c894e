"""The slot ID for programs that do not look for the CPS themselves, Java for instance (docs/adr/0015)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptolib.cli.cards import Reader, ReaderState
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.severity import Severity


@dataclass(frozen=True, slots=True)
class Slot:
    index: int
    """Its place in the list of C_GetSlotList in a program that starts now: here, the module has just been started."""
    reader: str


def pointed_slots(found: list[Reader]) -> list[Slot]:
    """The slots with a CPS, if another card beside it can be mistaken for it."""
    if sum(each.state is not ReaderState.EMPTY for each in found) < 2:
        return []
    return [Slot(index, each.name) for index, each in enumerate(found) if each.card is not None]


def slot_result(slot: Slot) -> CheckResult:
    return CheckResult("slot.listed", Severity.INFO, {"reader": slot.reader, "index": slot.index})
