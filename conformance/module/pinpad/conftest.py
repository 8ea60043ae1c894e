"""A reader with a keypad for each card, as new for each test, with a card as new in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.pinpad_reader.keypad import Keypad
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.cards import CARDS, Card
from conformance.testbed.rig import Rig


@pytest.fixture(scope="module", params=sorted(CARDS))
def reader(request: pytest.FixtureRequest) -> Iterator[tuple[Rig, Card]]:
    with Rig(request.param, pinpad=PinpadOptions()) as running:
        yield running, CARDS[request.param]


@pytest.fixture
def rig(reader: tuple[Rig, Card]) -> Rig:
    running, card = reader
    running.insert(card.name)
    running.clear_faults()
    running.new_pins()
    running.reset_card()
    running.keypad.become(PinpadOptions())
    running.keypad.forget()
    running.clear_log()
    return running


@pytest.fixture
def card(reader: tuple[Rig, Card]) -> Card:
    return reader[1]


@pytest.fixture
def keypad(rig: Rig) -> Keypad:
    return rig.keypad
