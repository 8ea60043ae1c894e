"""A reader with a keypad for each card, and an application that is not the module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.pinpad_reader.keypad import Keypad
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.card_commands import READ_ACTIVITY, VERIFY
from conformance.testbed.pin_structures import PinModify, PinVerify
from conformance.testbed.rig import Rig


@pytest.fixture(scope="module", params=["cps3", "cps4"])
def rig_of_card(request: pytest.FixtureRequest) -> Iterator[tuple[Rig, str]]:
    name: str = request.param
    with Rig(name, pinpad=PinpadOptions()) as rig:
        yield rig, name


@pytest.fixture
def rig(rig_of_card: tuple[Rig, str]) -> Iterator[Rig]:
    """A rig for each card as new; the other program stays connected, so the application with the code stays
    selected.
    """
    rig, name = rig_of_card
    rig.insert(name)
    rig.clear_faults()
    rig.new_pins()
    rig.reset_card()
    rig.keypad.become(PinpadOptions())
    rig.keypad.forget()
    with rig.shared_with_another():
        rig.transmit(READ_ACTIVITY[name][0])
        rig.clear_log()
        yield rig


@pytest.fixture
def keypad(rig: Rig) -> Keypad:
    return rig.keypad


@pytest.fixture
def verify(rig_of_card: tuple[Rig, str]) -> PinVerify:
    """With room for the code, as the card wants it."""
    return PinVerify(bytes.fromhex(VERIFY[rig_of_card[1]]) + bytes(4))


@pytest.fixture
def new_code(rig_of_card: tuple[Rig, str]) -> PinModify:
    """The new code alone, asked for twice, in the command that the card takes it in."""
    header = {"cps3": "002C020104", "cps4": "0124010104"}[rig_of_card[1]]
    return PinModify(
        bytes.fromhex(header) + bytes(4),
        bInsertionOffsetNew=0,
        bConfirmPIN=1,
        bNumberMessage=2,
        bMsgIndex1=1,
        bMsgIndex2=2,
        bMsgIndex3=0,
    )
