"""The reader with a keypad keeps to PC/SC part 10: an application without the module speaks to it through pcscd."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from conformance.pinpad_reader.features import (
    GET_FEATURE_REQUEST,
    GET_TLV_PROPERTIES,
    IFD_PIN_PROPERTIES,
    MODIFY_PIN_DIRECT,
    VERIFY_PIN_DIRECT,
    code_of,
)
from conformance.pinpad_reader.keypad import CANCEL, CLEAR, OK, TIME_OUT, Keypad
from conformance.pinpad_reader.options import PinpadOptions
from conformance.pinpad_reader.reader import Shown
from conformance.testbed.card_commands import READ_ACTIVITY, VERIFY
from conformance.testbed.helper import RigError
from conformance.testbed.pin_structures import LANGUAGE, PinModify, PinVerify
from conformance.testbed.rig import Rig

DONE, WRONG_PIN, REFUSED = b"\x90\x00", b"\x63\xc2", b"\x69\x85"
TIMED_OUT, CANCELLED, DIFFERENT, WRONG_LENGTH = b"\x64\x00", b"\x64\x01", b"\x64\x02", b"\x64\x03"
WRONG_STRUCTURE = b"\x6b\x80"
NOT_TRANSACTED, NOT_SUPPORTED = "80100016", "8010001F"
IFD_COMMUNICATION_ERROR, IFD_NOT_SUPPORTED = 612, 614

CHANGE_CPS3 = bytes.fromhex("0024000108") + bytes(8)
"""The current code and the new one."""


@pytest.fixture(scope="module", params=["cps3", "cps4"])
def rig_of_card(request: pytest.FixtureRequest) -> Iterator[tuple[Rig, str]]:
    name: str = request.param
    with Rig(name, pinpad=PinpadOptions()) as rig:
        yield rig, name


@pytest.fixture
def rig(rig_of_card: tuple[Rig, str]) -> Rig:
    """Of each card, as new; another application has selected the application with the code on it."""
    rig, name = rig_of_card
    rig.insert(name)
    rig.clear_faults()
    rig.new_pins()
    rig.reset_card()
    rig.keypad.become(PinpadOptions())
    rig.keypad.forget()
    rig.transmit(READ_ACTIVITY[name][0])
    rig.clear_log()
    return rig


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


def ask(rig: Rig, structure: PinVerify | PinModify) -> bytes:
    feature = VERIFY_PIN_DIRECT if isinstance(structure, PinVerify) else MODIFY_PIN_DIRECT
    return rig.ask_reader(code_of(feature), structure.packed())


def features(rig: Rig) -> dict[int, int]:
    """Control codes, by feature."""
    answer = rig.ask_reader(GET_FEATURE_REQUEST)
    entries = [answer[start : start + 6] for start in range(0, len(answer), 6)]
    assert all(entry[1] == 4 for entry in entries)
    return {entry[0]: int.from_bytes(entry[2:], "big") for entry in entries}


# --- the code


def test_the_code_that_is_pressed_is_presented(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1234", OK)
    assert ask(rig, verify) == DONE
    (exchange,) = rig.log()
    assert exchange.command == verify.command[:5] + b"****"


def test_the_holder_reads_a_protected_file_then(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1234", OK)
    assert ask(rig, verify) == DONE
    commands = READ_ACTIVITY["cps3" if verify.command[0] == 0 else "cps4"]
    assert rig.transmit(*commands)[-1][-2:] == DONE


def test_a_wrong_code_costs_a_try_of_the_card(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("9999", OK)
    assert ask(rig, verify) == WRONG_PIN
    assert rig.pin_tries == 2


def test_what_is_wrong_is_cleared(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("99", CLEAR, "1234", OK)
    assert ask(rig, verify) == DONE


def test_a_code_may_be_put_behind_a_command_without_data(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    for command in (verify.command[:4], verify.command[:4] + b"\0"):
        keypad.press("1234", OK)
        assert ask(rig, replace(verify, command=command, bmPINBlockString=0)) == DONE
        assert rig.log()[-1].command == verify.command[:5] + b"****"


def test_the_rest_of_the_block_stays_as_the_application_has_it(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    rig.vary("pin-padding=FF")
    keypad.press("1234", OK)
    command = verify.command[:4] + b"\x08" + b"\xff" * 8
    rig.transmit(READ_ACTIVITY["cps3" if verify.command[0] == 0 else "cps4"][0])
    try:
        assert ask(rig, replace(verify, command=command, bmPINBlockString=8, wPINMaxExtraDigit=0x0408)) == DONE
    finally:
        rig.vary()


# --- how it ends without the card


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ((CANCEL,), CANCELLED),
        (("12", CANCEL), CANCELLED),
        ((TIME_OUT,), TIMED_OUT),
        (("123", TIME_OUT), TIMED_OUT),
        (("123", OK), WRONG_LENGTH),
        (("12345", OK), WRONG_LENGTH),
        ((OK,), WRONG_LENGTH),
    ],
)
def test_the_card_sees_no_code(
    rig: Rig, keypad: Keypad, verify: PinVerify, keys: tuple[str, ...], status: bytes
) -> None:
    keypad.press(*keys)
    assert ask(rig, verify) == status
    assert rig.log() == []
    assert rig.pin_tries == 3


def test_nobody_presses_a_key(rig: Rig, verify: PinVerify) -> None:
    started = time.monotonic()
    assert ask(rig, replace(verify, bTimeOut=1)) == TIMED_OUT
    assert 0.9 < time.monotonic() - started < 5


def test_nobody_presses_a_second_key(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1")
    started = time.monotonic()
    assert ask(rig, replace(verify, bTimeOut=60, bTimeOut2=1)) == TIMED_OUT
    assert 0.9 < time.monotonic() - started < 5


def test_the_reader_has_a_time_of_its_own(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.become(PinpadOptions(default_seconds=1))
    started = time.monotonic()
    assert ask(rig, replace(verify, bTimeOut=0, bTimeOut2=0)) == TIMED_OUT
    assert 0.9 < time.monotonic() - started < 5


def test_the_last_digit_or_the_end_of_the_time_may_end_the_entry(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1234")
    assert ask(rig, replace(verify, bEntryValidationCondition=1)) == DONE
    keypad.press("1234", TIME_OUT)
    assert ask(rig, replace(verify, bEntryValidationCondition=4)) == DONE


def test_the_card_is_taken_out_meanwhile(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, rig, verify)
        keypad.wait_until_asked()
        rig.remove()
        with pytest.raises(RigError, match=NOT_TRANSACTED):
            asked.result(10)
    assert not keypad.asking()


# --- what the reader shows


def test_each_question_is_shown(rig: Rig, keypad: Keypad, verify: PinVerify, new_code: PinModify) -> None:
    keypad.press("1234", OK)
    ask(rig, verify)
    assert keypad.shown() == [Shown(0, "current", 0, LANGUAGE)]
    keypad.forget()
    keypad.press("4321", OK, "4321", OK)
    ask(rig, new_code)
    assert keypad.shown() == [Shown(0, "new", 1, LANGUAGE), Shown(0, "confirm", 2, LANGUAGE)]


def test_the_application_may_show_nothing_or_what_the_reader_has(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    for number, message in ((0, None), (0xFF, 0)):
        keypad.forget()
        keypad.press(CANCEL)
        ask(rig, replace(verify, bNumberMessage=number))
        assert [text.message for text in keypad.shown()] == [message]


# --- a new code


def test_the_new_code_is_entered_twice(rig: Rig, keypad: Keypad, verify: PinVerify, new_code: PinModify) -> None:
    if new_code.command[0] == 0:
        rig.transmit("0020000208" + b"12345678".hex())
    else:
        keypad.press("1234", OK)
        assert ask(rig, verify) == DONE
    keypad.press("4321", OK, "4321", OK)
    assert ask(rig, new_code) == DONE
    keypad.press("4321", OK)
    assert ask(rig, verify) == DONE


def test_two_new_codes_that_differ(rig: Rig, keypad: Keypad, new_code: PinModify) -> None:
    keypad.press("4321", OK, "4322", OK)
    assert ask(rig, new_code) == DIFFERENT
    assert rig.log() == []


@pytest.mark.parametrize("keys", [(CANCEL,), ("4321", OK, CANCEL)])
def test_a_new_code_is_not_wanted_after_all(
    rig: Rig, keypad: Keypad, new_code: PinModify, keys: tuple[str, ...]
) -> None:
    keypad.press(*keys)
    assert ask(rig, new_code) == CANCELLED
    assert rig.log() == []


@pytest.mark.parametrize("rig_of_card", ["cps3"], indirect=True)
def test_the_current_code_and_the_new_one(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1234", OK, "4321", OK, "4321", OK)
    assert ask(rig, PinModify(CHANGE_CPS3)) == DONE
    assert [text.wants for text in keypad.shown()] == ["current", "new", "confirm"]
    keypad.press("4321", OK)
    assert ask(rig, verify) == DONE


@pytest.mark.parametrize("rig_of_card", ["cps3"], indirect=True)
def test_both_codes_may_be_put_behind_a_command_without_data(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1234", OK, "4321", OK, "4321", OK)
    bare = PinModify(CHANGE_CPS3[:4] + b"\0", bmPINBlockString=0, bInsertionOffsetNew=0, wPINMaxExtraDigit=0x0408)
    assert ask(rig, bare) == DONE
    keypad.press("4321", OK)
    assert ask(rig, verify) == DONE


@pytest.mark.parametrize("rig_of_card", ["cps3"], indirect=True)
def test_the_new_code_once(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1234", OK, "4321", OK)
    assert ask(rig, PinModify(CHANGE_CPS3, bConfirmPIN=2, bNumberMessage=2)) == DONE
    keypad.press("4321", OK)
    assert ask(rig, verify) == DONE


# --- structures that are wrong


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


# --- other kinds of readers


def test_the_reader_says_what_it_can_do(rig: Rig) -> None:
    assert list(features(rig)) == [VERIFY_PIN_DIRECT, MODIFY_PIN_DIRECT, IFD_PIN_PROPERTIES, GET_TLV_PROPERTIES]
    properties = rig.ask_reader(features(rig)[IFD_PIN_PROPERTIES])
    assert len(properties) == 4 and properties[2] == 7


def test_a_reader_that_modifies_nothing(rig: Rig, keypad: Keypad, new_code: PinModify) -> None:
    keypad.become(PinpadOptions(modify=False, pin_properties=False, tlv_properties=False))
    assert list(features(rig)) == [VERIFY_PIN_DIRECT]
    with pytest.raises(RigError, match=NOT_SUPPORTED):
        ask(rig, new_code)


def test_a_reader_with_limits(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
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


# --- the keypad


def test_the_reader_without_a_keypad_has_no_such_feature() -> None:
    with Rig("cps4") as plain:
        for code in (GET_FEATURE_REQUEST, code_of(VERIFY_PIN_DIRECT)):
            with pytest.raises(RigError, match=NOT_SUPPORTED):
                plain.ask_reader(code)


def test_keys_that_nobody_asked_for_are_lost(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1234", OK, "9999", OK)
    assert ask(rig, verify) == DONE
    assert ask(rig, replace(verify, bTimeOut=1)) == TIMED_OUT


def test_a_key_that_it_does_not_have(keypad: Keypad) -> None:
    with pytest.raises(Exception, match="no such key: A"):
        keypad.press("A")


def test_the_rig_ends_while_the_reader_waits_for_a_key() -> None:
    with Rig("cps4", pinpad=PinpadOptions()) as ending, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, ending, PinVerify(bytes.fromhex(VERIFY["cps4"]) + bytes(4)))
        ending.keypad.wait_until_asked()
        started = time.monotonic()
        ending.stop_pcscd()
        with pytest.raises(RigError):
            asked.result(20)
    assert time.monotonic() - started < 20
