"""A reader with a keypad: the code is typed there, and the host never has it.

PC/SC part 10; PKCS #11 Specification 3.2, clause 5.6.8. Logging in, changing and unblocking with NULL; what each end of
an entry comes to; what other calls do meanwhile.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.pinpad_reader.keypad import OK, TIME_OUT, Keypad
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.call_limit import Calls
from conformance.testbed.card_commands import READ_ACTIVITY
from conformance.testbed.cards import PIN, PUK, WRONG_PIN, Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKR, CKS, CKU, TokenFlag
from conformance.testbed.module_process import module_process
from conformance.testbed.rig import Rig

NEW_PIN = b"4321"
PATH = TokenFlag.PROTECTED_AUTHENTICATION_PATH
AT_ONCE = 2.0
CLOSING = 7.0
"""C_Finalize waits five seconds for a call that is inside (docs/bounds.md)."""
SECURITY_STATUS_NOT_SATISFIED = b"\x69\x82"


@pytest.fixture(scope="module")
def loaded(reader: tuple[Rig, Card]) -> Iterator[Module]:
    with module_process({**reader[0].env, "CPS3_CACHE": "0"}) as module:
        yield module


@pytest.fixture
def p11(loaded: Module, rig: Rig) -> Iterator[Module]:
    loaded.ok("C_Initialize", None)
    yield loaded
    loaded.C_Finalize(None)


@pytest.fixture
def slot(p11: Module) -> int:
    (only,) = p11.slots()
    return only


@pytest.fixture
def calls(p11: Module) -> Iterator[Calls]:
    begun = Calls(p11)
    yield begun
    begun.finish()


def type_login(p11: Module, session: int, user: int = CKU.USER) -> CKR:
    return p11.C_Login(session, user, None, 0)


def type_change(p11: Module, session: int) -> CKR:
    return p11.C_SetPIN(session, None, 0, None, 0)


def press_change(keypad: Keypad, card: Card, old: bytes, new: bytes, again: bytes) -> None:
    """A CPS4 takes the old code in a command of its own, so its reader asks in two entries."""
    entries = [[old, new, again]] if card.name == "cps3" else [[old], [new, again]]
    for entry in entries:
        keypad.press(*(key for code in entry for key in (code.decode(), OK)))


def is_presented(rig: Rig, card: Card) -> bool:
    """True if the card gives another program protected data."""
    return rig.transmit(*READ_ACTIVITY[card.name])[-1][-2:] != SECURITY_STATUS_NOT_SATISFIED


# --- which reader has a keypad


@pytest.mark.parametrize(
    ("options", "has"),
    [
        (PinpadOptions(), True),
        (PinpadOptions(modify=False), True),
        (PinpadOptions(tlv_properties=False, pin_properties=False), True),
        (PinpadOptions(verify=False), False),
        (PinpadOptions(verify=False, modify=False), False),
        (PinpadOptions(min_pin_size=6), False),
        (PinpadOptions(max_pin_size=3), False),
        (PinpadOptions(features="0604"), False),
        (PinpadOptions(features_error=612), False),
        (PinpadOptions(features_error=614), False),
    ],
    ids=[
        "all", "without changes", "without properties", "without verification", "none", "longer codes", "shorter codes",
        "half an answer", "error", "unsupported",
    ],
)  # fmt: skip
def test_the_flag_is_set_where_the_reader_verifies_codes_of_the_card(
    loaded: Module, keypad: Keypad, options: PinpadOptions, has: bool
) -> None:
    keypad.become(options)
    loaded.ok("C_Initialize", None)
    try:
        (slot,) = loaded.slots()
        assert bool(loaded.token_info(slot).flags & PATH) is has
        session = loaded.open(slot)
        if has:
            keypad.press("1234", OK)
        assert type_login(loaded, session) == (CKR.OK if has else CKR.ARGUMENTS_BAD)
        assert len(keypad.shown()) == has
        assert loaded.login(session, PIN) == (CKR.USER_ALREADY_LOGGED_IN if has else CKR.OK)
    finally:
        loaded.C_Finalize(None)


# --- logging in


def test_the_code_is_typed_on_the_reader(p11: Module, rw: int, keypad: Keypad, card: Card, rig: Rig) -> None:
    keypad.press("1234", OK)
    assert type_login(p11, rw) == CKR.OK
    assert p11.state(rw) == CKS.RW_USER_FUNCTIONS
    (shown,) = keypad.shown()
    assert (shown.wants, shown.message) == ("current", 0)
    assert keypad.complaints() == []
    verified = [exchange.command for exchange in rig.log() if exchange.command[1] == 0x20 and len(exchange.command) > 5]
    assert verified == [bytes.fromhex("0120000104" if card.name == "cps4" else "0020000104") + b"****"]


def test_a_wrong_code_spends_a_try_and_a_blocked_one_is_not_asked_for(
    p11: Module, rw: int, keypad: Keypad, rig: Rig, card: Card
) -> None:
    third = CKR.PIN_INCORRECT if card.name == "cps3" else CKR.PIN_LOCKED
    for expected, left in ((CKR.PIN_INCORRECT, 2), (CKR.PIN_INCORRECT, 1), (third, 0)):
        keypad.press(WRONG_PIN.decode(), OK)
        assert (type_login(p11, rw), rig.pin_tries) == (expected, left)
    keypad.forget()
    assert type_login(p11, rw) == CKR.PIN_LOCKED
    assert keypad.shown() == []


@pytest.mark.parametrize(
    ("keys", "code"), [(("12", "CANCEL"), CKR.FUNCTION_CANCELED), (("12", TIME_OUT), CKR.FUNCTION_FAILED)]
)
def test_an_entry_that_comes_to_no_code(
    p11: Module, rw: int, keypad: Keypad, rig: Rig, keys: tuple[str, ...], code: CKR
) -> None:
    keypad.press(*keys)
    assert type_login(p11, rw) == code
    assert (p11.state(rw), rig.pin_tries) == (CKS.RW_PUBLIC_SESSION, 3)
    keypad.press("1234", OK)
    assert type_login(p11, rw) == CKR.OK


def test_a_code_too_short_is_refused_by_the_reader(p11: Module, rw: int, keypad: Keypad, rig: Rig) -> None:
    keypad.press("12", OK)
    assert type_login(p11, rw) == CKR.PIN_LEN_RANGE
    assert rig.pin_tries == 3


def test_the_application_may_still_give_the_code(p11: Module, rw: int, keypad: Keypad) -> None:
    assert p11.login(rw, PIN) == CKR.OK
    assert keypad.shown() == []
    assert type_login(p11, rw) == CKR.USER_ALREADY_LOGGED_IN


def test_null_with_a_length_and_one_null_of_two_are_mistakes(p11: Module, rw: int, keypad: Keypad) -> None:
    assert p11.C_Login(rw, CKU.USER, None, 4) == CKR.ARGUMENTS_BAD
    assert p11.C_SetPIN(rw, None, 0, NEW_PIN, 4) == CKR.ARGUMENTS_BAD
    assert p11.C_SetPIN(rw, PIN, 4, None, 0) == CKR.ARGUMENTS_BAD
    assert type_login(p11, rw, CKU.CONTEXT_SPECIFIC) == CKR.OPERATION_NOT_INITIALIZED
    assert type_login(p11, rw, 7) == CKR.USER_TYPE_INVALID
    assert keypad.shown() == []


@pytest.mark.parametrize("answer", ["6985", "6900", "6982", ""])
def test_a_reader_that_lets_no_application_give_a_code(
    p11: Module, rw: int, keypad: Keypad, rig: Rig, answer: str
) -> None:
    keypad.become(PinpadOptions(firewall=True, firewall_answer=answer))
    assert p11.login(rw, PIN) == CKR.ARGUMENTS_BAD
    assert p11.C_SetPIN(rw, PIN, 4, NEW_PIN, 4) == CKR.ARGUMENTS_BAD
    assert rig.pin_tries == 3
    keypad.press("1234", OK)
    assert type_login(p11, rw) == CKR.OK


# --- changing and unblocking


def test_the_code_is_changed_on_the_reader(p11: Module, rw: int, keypad: Keypad, card: Card, rig: Rig) -> None:
    press_change(keypad, card, PIN, NEW_PIN, NEW_PIN)
    assert type_change(p11, rw) == CKR.OK
    assert [(shown.wants, shown.message) for shown in keypad.shown()] == [("current", 0), ("new", 1), ("confirm", 2)]
    assert keypad.complaints() == []
    assert not is_presented(rig, card)
    assert p11.login(rw, PIN) == CKR.PIN_INCORRECT
    keypad.press("4321", OK)
    assert type_login(p11, rw) == CKR.OK


def test_two_new_codes_that_differ_change_nothing(p11: Module, rw: int, keypad: Keypad, card: Card, rig: Rig) -> None:
    press_change(keypad, card, PIN, NEW_PIN, WRONG_PIN)
    assert type_change(p11, rw) == CKR.PIN_INVALID
    assert not is_presented(rig, card)
    assert p11.login(rw, PIN) == CKR.OK


def test_a_wrong_old_code_changes_nothing(p11: Module, rw: int, keypad: Keypad, card: Card, rig: Rig) -> None:
    press_change(keypad, card, WRONG_PIN, NEW_PIN, NEW_PIN)
    assert type_change(p11, rw) == CKR.PIN_INCORRECT
    assert rig.pin_tries == 2


def test_a_reader_that_only_verifies_changes_no_code(loaded: Module, keypad: Keypad) -> None:
    keypad.become(PinpadOptions(modify=False))
    loaded.ok("C_Initialize", None)
    try:
        (slot,) = loaded.slots()
        session = loaded.open(slot, rw=True)
        assert type_change(loaded, session) == CKR.ARGUMENTS_BAD
        assert loaded.C_SetPIN(session, PIN, 4, NEW_PIN, 4) == CKR.OK
        assert keypad.shown() == []
    finally:
        loaded.C_Finalize(None)


def test_a_blocked_code_is_unblocked_on_the_reader(p11: Module, rw: int, keypad: Keypad, rig: Rig) -> None:
    for _try in range(3):
        p11.login(rw, WRONG_PIN)
    keypad.press(PUK.decode(), OK)
    assert type_login(p11, rw, CKU.SO) == CKR.OK
    keypad.press("4321", OK, "4321", OK)
    assert p11.C_InitPIN(rw, None, 0) == CKR.OK
    assert [shown.wants for shown in keypad.shown()] == ["current", "new", "confirm"]
    assert keypad.complaints() == []
    p11.ok("C_Logout", rw)
    assert rig.pin_tries == 3
    assert p11.login(rw, NEW_PIN) == CKR.OK


# --- while the reader waits for its user


def test_calls_that_need_no_card_are_answered_at_once(
    p11: Module, slot: int, rw: int, keypad: Keypad, calls: Calls
) -> None:
    login = calls.begin("C_Login", rw, CKU.USER, None, 0)
    keypad.wait_until_asked()
    begun = time.monotonic()
    assert p11.state(rw) == CKS.RW_PUBLIC_SESSION
    assert p11.slots() == [slot]
    assert p11.slot_info(slot).flags
    assert time.monotonic() - begun < AT_ONCE
    keypad.press("1234", OK)
    assert login.within(AT_ONCE * 10) == CKR.OK


def test_calls_on_the_card_wait_for_the_user(p11: Module, slot: int, rw: int, keypad: Keypad, calls: Calls) -> None:
    other = p11.open(slot)
    login = calls.begin("C_Login", rw, CKU.USER, None, 0)
    keypad.wait_until_asked()
    with ThreadPoolExecutor(1) as pool:
        numbers = pool.submit(p11.random, other, 8)
        time.sleep(0.5)
        assert not numbers.done()
        keypad.press("1234", OK)
        assert len(numbers.result(20)) == 8
    assert login.within(20) == CKR.OK


def test_finalising_does_not_wait_for_the_user(loaded: Module, rig: Rig, card: Card, keypad: Keypad) -> None:
    loaded.ok("C_Initialize", None)
    (slot,) = loaded.slots()
    session = loaded.open(slot)
    calls = Calls(loaded)
    login = calls.begin("C_Login", session, CKU.USER, None, 0)
    keypad.wait_until_asked()
    assert calls.within(CLOSING, "C_Finalize", None) == CKR.OK
    keypad.press("1234", OK)
    login.within(20)
    calls.finish()
    assert not is_presented(rig, card)
    loaded.ok("C_Initialize", None)
    session = loaded.open(slot)
    keypad.press("1234", OK)
    assert type_login(loaded, session) == CKR.OK
    loaded.ok("C_Finalize", None)


@pytest.mark.parametrize("function", ["C_CloseSession", "C_CloseAllSessions"])
def test_a_session_that_is_closed_meanwhile_leaves_nobody_logged_in(
    p11: Module, slot: int, rw: int, keypad: Keypad, calls: Calls, rig: Rig, card: Card, function: str
) -> None:
    login = calls.begin("C_Login", rw, CKU.USER, None, 0)
    keypad.wait_until_asked()
    closing = calls.begin(function, rw if function == "C_CloseSession" else slot)
    time.sleep(0.2)
    keypad.press("1234", OK)
    assert login.within(20) == CKR.OK
    assert closing.within(20) == CKR.OK
    assert not is_presented(rig, card)
    assert p11.state(p11.open(slot)) == CKS.RO_PUBLIC_SESSION


def test_a_card_that_is_taken_out_ends_the_entry(
    p11: Module, slot: int, rw: int, keypad: Keypad, calls: Calls, rig: Rig, card: Card
) -> None:
    login = calls.begin("C_Login", rw, CKU.USER, None, 0)
    keypad.wait_until_asked()
    rig.remove()
    assert login.within(20) == CKR.DEVICE_REMOVED
    rig.insert(card.name)
    session = p11.open(slot)
    keypad.press("1234", OK)
    assert type_login(p11, session) == CKR.OK
