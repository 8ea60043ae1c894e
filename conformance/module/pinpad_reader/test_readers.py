"""Kinds of readers with a keypad: what they say that they can do, and do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.pinpad_reader.features import (
    GET_FEATURE_REQUEST,
    GET_TLV_PROPERTIES,
    IFD_PIN_PROPERTIES,
    MODIFY_PIN_DIRECT,
    VERIFY_PIN_DIRECT,
)
from conformance.pinpad_reader.keypad import OK, Keypad
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.helper import RigError
from conformance.testbed.keypad_application import (
    DONE,
    NOT_SUPPORTED,
    NOT_TRANSACTED,
    WRONG_STRUCTURE,
    ask,
    features,
)
from conformance.testbed.pin_structures import PinModify, PinVerify
from conformance.testbed.rig import Rig

IFD_COMMUNICATION_ERROR, IFD_NOT_SUPPORTED = 612, 614
REFUSED = b"\x69\x85"


def test_the_reader_says_what_it_can_do(rig: Rig) -> None:
    assert list(features(rig)) == [VERIFY_PIN_DIRECT, MODIFY_PIN_DIRECT, IFD_PIN_PROPERTIES, GET_TLV_PROPERTIES]
    properties = rig.ask_reader(features(rig)[IFD_PIN_PROPERTIES])
    assert len(properties) == 4 and properties[2] == 7


def test_a_reader_without_modify_refuses_a_new_code(rig: Rig, keypad: Keypad, new_code: PinModify) -> None:
    keypad.become(PinpadOptions(modify=False, pin_properties=False, tlv_properties=False))
    assert list(features(rig)) == [VERIFY_PIN_DIRECT]
    with pytest.raises(RigError, match=NOT_SUPPORTED):
        ask(rig, new_code)


def test_a_reader_gives_and_keeps_its_limits(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.become(PinpadOptions(min_pin_size=4, max_pin_size=8, validation=2))
    properties = rig.ask_reader(features(rig)[GET_TLV_PROPERTIES])
    assert b"\x06\x01\x04" in properties and b"\x07\x01\x08" in properties and b"\x02\x01\x02" in properties
    keypad.press("1234", OK)
    assert ask(rig, verify) == DONE
    assert ask(rig, replace(verify, bEntryValidationCondition=3)) == WRONG_STRUCTURE
    assert ask(rig, replace(verify, wPINMaxExtraDigit=0x0304)) == WRONG_STRUCTURE


@pytest.mark.parametrize(
    ("error", "code"), [(IFD_COMMUNICATION_ERROR, NOT_TRANSACTED), (IFD_NOT_SUPPORTED, NOT_SUPPORTED)]
)
def test_a_reader_that_does_not_answer_the_feature_request(rig: Rig, keypad: Keypad, error: int, code: str) -> None:
    keypad.become(PinpadOptions(features_error=error))
    with pytest.raises(RigError, match=code):
        rig.ask_reader(GET_FEATURE_REQUEST)


def test_a_reader_that_answers_nonsense_to_the_feature_request(rig: Rig, keypad: Keypad) -> None:
    keypad.become(PinpadOptions(features="0604423300"))
    assert rig.ask_reader(GET_FEATURE_REQUEST) == bytes.fromhex("0604423300")


def test_a_code_of_the_application_passes(rig: Rig, verify: PinVerify) -> None:
    assert rig.transmit((verify.command[:5] + b"1234").hex()) == [DONE]


def test_a_firewall_lets_no_code_of_the_application_pass(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.become(PinpadOptions(firewall=True))
    assert rig.transmit((verify.command[:5] + b"1234").hex()) == [REFUSED]
    assert rig.log() == []
    assert rig.transmit(verify.command[:4].hex()) == [b"\x63\xc3"]
    keypad.press("1234", OK)
    assert ask(rig, verify) == DONE


def test_a_firewall_may_have_no_answer(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.become(PinpadOptions(firewall=True, firewall_answer=""))
    with pytest.raises(RigError, match=NOT_TRANSACTED):
        rig.transmit((verify.command[:5] + b"1234").hex())
    assert rig.pin_tries == 3
