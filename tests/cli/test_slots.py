"""The slot for Java and others, with another card beside the CPS."""

from types import SimpleNamespace
from typing import Any

import pytest

from cryptolib.cli.cards import Card, Reader, ReaderState, Tries
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.severity import Severity
from cryptolib.cli.slots import Slot, pointed_slots, slot_result

TOKEN: Any = SimpleNamespace()
CPS = Reader("A", ReaderState.CPS, Card("C", "1", Tries.ENOUGH, Tries.ENOUGH, (), True, TOKEN))
OTHER, EMPTY = Reader("B", ReaderState.UNKNOWN), Reader("C", ReaderState.EMPTY)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([CPS], []),
        ([CPS, EMPTY], []),
        ([OTHER, EMPTY], []),
        ([CPS, OTHER], [Slot(0, "A")]),
        ([OTHER, CPS], [Slot(1, "A")]),
        ([CPS, CPS, EMPTY], [Slot(0, "A"), Slot(1, "A")]),
    ],
)
def test_a_slot_is_named_where_another_card_could_be_taken(found: list[Reader], expected: list[Slot]) -> None:
    assert pointed_slots(found) == expected


def test_java_gets_its_setting() -> None:
    result = slot_result(Slot(1, "Twin 00 01"))
    assert result.severity is Severity.INFO
    for language in ("fr", "en"):
        text = result.line(Messages(language)).text
        assert "slotListIndex = 1" in text and "Twin 00 01" in text
