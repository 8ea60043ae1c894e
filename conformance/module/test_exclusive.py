"""A card is ours while a session is open, and free for others when none is; who has it to himself is distinguished.

GnuPG's scdaemon and billing software connect exclusively (PC/SC 5, SCARD_SHARE_EXCLUSIVE).
"""

import ctypes
import time
from collections.abc import Callable, Iterator

import pytest

from conformance.testbed.call_limit import Calls
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKF, CKR
from conformance.testbed.helper import RigError
from conformance.testbed.rig import Rig
from conformance.testbed.signing import log_in_and_sign, sign

SOON = 2.0
"""The connection is let go within a second; a machine at work may add another."""
ANSWERED = 5.0


@pytest.fixture
def calls(loaded: Module) -> Iterator[Calls]:
    made = Calls(loaded)
    yield made
    made.finish()


def another_gets_it(rig: Rig, seconds: float = SOON) -> bool:
    """True if another program gets the card exclusively within so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with rig.exclusive_to_another():
                return True
        except RigError:
            if time.monotonic() > deadline:
                return False
        time.sleep(0.05)


USES: dict[str, Callable[[Module, int], object]] = {
    "C_GetTokenInfo": lambda p11, slot: p11.token_info(slot),
    "C_GetMechanismList": lambda p11, slot: p11.mechanisms(slot),
    "C_CloseSession": lambda p11, slot: p11.ok("C_CloseSession", logged_in(p11, slot)),
    "C_CloseAllSessions": lambda p11, slot: close_all(p11, slot),
    "a wrong login": lambda p11, slot: refused_and_closed(p11, slot),
}


def logged_in(p11: Module, slot: int) -> int:
    session = p11.open(slot)
    assert p11.login(session, PIN) == CKR.OK
    p11.find(session)
    return session


def close_all(p11: Module, slot: int) -> None:
    logged_in(p11, slot)
    p11.ok("C_CloseAllSessions", slot)


def refused_and_closed(p11: Module, slot: int) -> None:
    session = p11.open(slot)
    assert p11.login(session, b"99") == CKR.PIN_INCORRECT
    p11.ok("C_CloseSession", session)


@pytest.mark.parametrize("use", sorted(USES))
def test_with_no_session_open_others_can_have_the_card(p11: Module, slot: int, card: Card, rig: Rig, use: str) -> None:
    USES[use](p11, slot)
    assert another_gets_it(rig)
    log_in_and_sign(p11, slot, card)
    assert another_gets_it(rig)


def test_while_a_thread_waits_for_a_card_others_can_have_it(p11: Module, slot: int, rig: Rig) -> None:
    p11.token_info(slot)
    waiting = Calls(p11)
    waiting.begin("C_WaitForSlotEvent", 0, ctypes.byref(ctypes.c_ulong()), None)
    try:
        assert another_gets_it(rig)
    finally:
        p11.C_Finalize(None)
        waiting.finish()


def test_of_two_sessions_the_last_lets_the_card_go(p11: Module, slot: int, user: int, rig: Rig) -> None:
    other = p11.open(slot)
    p11.ok("C_CloseSession", user)
    assert not another_gets_it(rig, 1.5)
    p11.ok("C_CloseSession", other)
    assert another_gets_it(rig)


def test_an_open_session_keeps_the_login_from_being_taken_away(p11: Module, user: int, card: Card, rig: Rig) -> None:
    sign(p11, user, card)
    assert not another_gets_it(rig, 1.5)
    sign(p11, user, card)


def test_a_card_that_another_has_to_itself_is_distinguished_from_a_broken_one(
    loaded: Module, card: Card, rig: Rig, calls: Calls
) -> None:
    with rig.exclusive_to_another():
        loaded.ok("C_Initialize", None)
        try:
            (slot,) = loaded.slots()
            info, session = ctypes.create_string_buffer(512), ctypes.c_ulong()
            assert calls.within(ANSWERED, "C_GetTokenInfo", slot, info) == CKR.FUNCTION_FAILED
            opening = (slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(session))
            if calls.within(ANSWERED, "C_OpenSession", *opening) == CKR.OK:  # of a card that it need not look at
                login = (session.value, 1, PIN, len(PIN))
                assert calls.within(ANSWERED, "C_Login", *login) == CKR.FUNCTION_FAILED
        except BaseException:
            loaded.C_Finalize(None)
            raise
    try:
        assert calls.within(ANSWERED, "C_GetTokenInfo", slot, info) == CKR.OK
        log_in_and_sign(loaded, slot, card)
    finally:
        loaded.C_Finalize(None)


def test_an_exclusive_user_that_comes_between_our_sessions_goes_unharmed(
    p11: Module, slot: int, card: Card, rig: Rig, calls: Calls
) -> None:
    log_in_and_sign(p11, slot, card)
    assert another_gets_it(rig)
    with rig.exclusive_to_another():
        session = ctypes.c_ulong()
        opening = (slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(session))
        answer = calls.within(ANSWERED, "C_OpenSession", *opening)
        if answer == CKR.OK:  # what a session needs may be known; what a login needs is not
            answer = calls.within(ANSWERED, "C_Login", session.value, 1, PIN, len(PIN))
        assert answer == CKR.FUNCTION_FAILED
    log_in_and_sign(p11, slot, card)
