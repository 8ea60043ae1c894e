"""A structure that PC/SC part 10 does not have is refused, and the reader asks for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.pinpad_reader.features import (
    MODIFY_PIN_DIRECT,
    VERIFY_PIN_DIRECT,
    code_of,
)
from conformance.pinpad_reader.keypad import Keypad
from conformance.testbed.keypad_application import (
    CHANGE_CPS3,
    WRONG_STRUCTURE,
    ask,
)
from conformance.testbed.pin_structures import PinModify, PinVerify
from conformance.testbed.rig import Rig


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"bmFormatString": 0x81}, "bmFormatString: not ASCII"),
        ({"bmFormatString": 0x86}, "bmFormatString: justified to the right"),
        ({"bmFormatString": 0x8A}, "abData: no room for the PIN"),
        ({"bmFormatString": 0x0A}, "bmFormatString: a position within a byte"),
        ({"bmPINBlockString": 0x44}, "bmPINBlockString: the length of the PIN in the command"),
        ({"bmPINBlockString": 3}, "bmPINBlockString: shorter than the PIN"),
        ({"bmPINBlockString": 8}, "abData: no room for the PIN"),
        ({"bmPINLengthFormat": 4}, "bmPINLengthFormat: no length is written"),
        ({"wPINMaxExtraDigit": 0x0004}, "wPINMaxExtraDigit"),
        ({"wPINMaxExtraDigit": 0x0504}, "wPINMaxExtraDigit"),
        ({"wPINMaxExtraDigit": 0x0410}, "wPINMaxExtraDigit: longer than the reader has it"),
        ({"wPINMaxExtraDigit": 0x0408}, "abData: no room for the PIN"),
        ({"bEntryValidationCondition": 0}, "bEntryValidationCondition"),
        ({"bEntryValidationCondition": 8}, "bEntryValidationCondition"),
        ({"bNumberMessage": 2}, "bNumberMessage"),
        ({"bMsgIndex": 1}, "bMsgIndex"),
        ({"bTeoPrologue": b"\0\x40\0"}, "bTeoPrologue"),
        ({"ulDataLength": 0}, "ulDataLength"),
        ({"ulDataLength": 0x09000000}, "ulDataLength"),
        ({"command": b""}, "abData: no command"),
        ({"command": bytes.fromhex("00B0000104") + bytes(4)}, "abData: INS presents or changes no code"),
        ({"command": bytes.fromhex("0020000104") + bytes(5)}, "abData: Lc"),
        ({"command": bytes.fromhex("0020000104")}, "abData: Lc"),
        ({"command": bytes.fromhex("00200001")}, "bmPINBlockString: a block and no data"),
        ({"command": bytes.fromhex("00200001"), "bmFormatString": 0x8A}, "abData: an offset and no data"),
    ],
)
def test_a_wrong_verify_structure_is_refused(
    rig: Rig, keypad: Keypad, verify: PinVerify, fields: dict[str, object], complaint: str
) -> None:
    assert ask(rig, replace(verify, **fields)) == WRONG_STRUCTURE  # type: ignore[arg-type]
    assert keypad.complaints() == [complaint]
    assert keypad.shown() == []
    assert rig.log() == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"bConfirmPIN": 4}, "bConfirmPIN"),
        ({"bInsertionOffsetNew": 3}, "bInsertionOffset: the codes overlap"),
        ({"bInsertionOffsetNew": 5}, "abData: no room for the PIN"),
        ({"bInsertionOffsetOld": 8}, "abData: no room for the PIN"),
        ({"bmFormatString": 0x8A}, "bmFormatString: the offsets say where the codes are"),
        ({"bNumberMessage": 2}, "bNumberMessage"),
        ({"bMsgIndex2": 2}, "bMsgIndex"),
        ({"bConfirmPIN": 2}, "bNumberMessage"),
        ({"ulDataLength": 14}, "ulDataLength"),
        ({"bTeoPrologue": b"\0\0\x0d"}, "bTeoPrologue"),
    ],
)
def test_a_wrong_modify_structure_is_refused(
    rig: Rig, keypad: Keypad, fields: dict[str, object], complaint: str
) -> None:
    assert ask(rig, replace(PinModify(CHANGE_CPS3), **fields)) == WRONG_STRUCTURE  # type: ignore[arg-type]
    assert keypad.complaints() == [complaint]
    assert rig.log() == []


@pytest.mark.parametrize("feature", [VERIFY_PIN_DIRECT, MODIFY_PIN_DIRECT])
def test_a_structure_that_is_cut_is_refused(rig: Rig, keypad: Keypad, feature: int) -> None:
    assert rig.ask_reader(code_of(feature), bytes(18)) == WRONG_STRUCTURE
    assert keypad.complaints() == ["too short"]
