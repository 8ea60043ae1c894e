"""Codes are entered at the keypad, and the reader puts them into the command for the card."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from conformance.pinpad_reader.features import (
    GET_FEATURE_REQUEST,
    VERIFY_PIN_DIRECT,
    code_of,
)
from conformance.pinpad_reader.keypad import CANCEL, CLEAR, OK, TIME_OUT, Keypad, KeypadError
from conformance.pinpad_reader.options import PinpadOptions
from conformance.pinpad_reader.reader import Prompt
from conformance.testbed.card_commands import READ_ACTIVITY, VERIFY
from conformance.testbed.helper import RigError
from conformance.testbed.keypad_application import (
    CANCELLED,
    CHANGE_CPS3,
    DIFFERENT,
    DONE,
    NOT_SUPPORTED,
    NOT_TRANSACTED,
    TIMED_OUT,
    WRONG_LENGTH,
    ask,
)
from conformance.testbed.pin_structures import LANGUAGE, PinModify, PinVerify
from conformance.testbed.rig import Rig

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
    assert ask(rig, verify) == b"\x63\xc2"
    assert rig.pin_tries == 2


def test_clear_deletes_the_typed_digits(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
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
def test_an_entry_without_a_code_sends_the_card_nothing(
    rig: Rig, keypad: Keypad, verify: PinVerify, keys: tuple[str, ...], status: bytes
) -> None:
    keypad.press(*keys)
    assert ask(rig, verify) == status
    assert rig.log() == []
    assert rig.pin_tries == 3


def test_without_a_first_key_the_entry_times_out(rig: Rig, verify: PinVerify) -> None:
    started = time.monotonic()
    assert ask(rig, replace(verify, bTimeOut=1)) == TIMED_OUT
    assert 0.9 < time.monotonic() - started < 5


def test_without_a_second_key_the_entry_times_out(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
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
    assert keypad.shown() == [Prompt(0, "current", 0, LANGUAGE)]
    keypad.forget()
    keypad.press("4321", OK, "4321", OK)
    ask(rig, new_code)
    assert keypad.shown() == [Prompt(0, "new", 1, LANGUAGE), Prompt(0, "confirm", 2, LANGUAGE)]


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
def test_a_new_code_may_be_entered_without_repetition(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    keypad.press("1234", OK, "4321", OK)
    assert ask(rig, PinModify(CHANGE_CPS3, bConfirmPIN=2, bNumberMessage=2)) == DONE
    keypad.press("4321", OK)
    assert ask(rig, verify) == DONE


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


def test_the_reader_asks_for_one_slot_at_a_time(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    """Its two slots have one keypad."""
    rig.second.insert("cps4-other")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, rig, verify)
        keypad.wait_until_asked()
        with pytest.raises(RigError, match=NOT_TRANSACTED):
            ask(rig.second, verify)
        keypad.press("1234", OK)
        assert asked.result(10) == DONE
    keypad.press(CANCEL)
    assert ask(rig.second, verify) == CANCELLED
    assert [text.slot for text in keypad.shown()] == [0, 1]
    rig.second.remove()


def test_a_restarted_pcscd_finds_the_keypad_again(rig: Rig, keypad: Keypad, verify: PinVerify) -> None:
    rig.restart_pcscd()
    keypad.press(CANCEL)
    assert ask(rig, verify) == CANCELLED


def test_a_key_that_it_does_not_have(keypad: Keypad) -> None:
    with pytest.raises(KeypadError, match="no such key: A"):
        keypad.press("A")


def test_the_rig_ends_while_the_reader_waits_for_a_key() -> None:
    with ThreadPoolExecutor(1) as pool:
        with Rig("cps4", pinpad=PinpadOptions()) as ending:
            asked = pool.submit(ask, ending, PinVerify(bytes.fromhex(VERIFY["cps4"]) + bytes(4)))
            ending.keypad.wait_until_asked()
            started = time.monotonic()
        assert time.monotonic() - started < 5
        assert isinstance(asked.exception(10), RigError)
