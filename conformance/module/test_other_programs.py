"""Another program takes the power from the card, asks for its ejection or resets it, at any point between our calls.

What is lost is the login, as the card says; a new one works at once, no call is slow, nobody else is locked out.
PC/SC 5, SCardDisconnect.
"""

import ctypes
import random
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from conformance.testbed.call_limit import Calls
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKR, CKS
from conformance.testbed.rig import Rig
from conformance.testbed.signing import MESSAGE, RECIPE, log_in_and_sign, sign, signature_key, try_to_sign

SLOW = 3.0
"""No call takes that long; on an idle machine none takes a tenth of it."""

ACTIONS: dict[str, Callable[[Rig], None]] = {
    "unpower": Rig.unpower_card,
    "eject": Rig.eject_card,
    "reset": Rig.reset_card,
}
LOGIN_LOST = {"unpower": {CKR.USER_NOT_LOGGED_IN}, "reset": {CKR.USER_NOT_LOGGED_IN}, "eject": {CKR.OK}}
"""What the next use of a key says; a reader without a motor ejects nothing."""


@pytest.fixture(params=sorted(ACTIONS))
def action(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def calls(p11: Module) -> Iterator[Calls]:
    made = Calls(p11)
    yield made
    made.finish()


@pytest.fixture(autouse=True)
def no_try_is_spent(rig: Rig, card: Card) -> Iterator[None]:
    yield
    tries = rig.pin_tries, rig.puk_tries
    rig.remove()
    rig.insert(card.name)
    assert tries == (3, 10)


def test_without_a_session_the_action_changes_nothing(
    p11: Module, slot: int, card: Card, rig: Rig, action: str, calls: Calls
) -> None:
    info = ctypes.create_string_buffer(512)
    assert calls.within(SLOW, "C_GetTokenInfo", slot, info) == CKR.OK
    ACTIONS[action](rig)
    assert calls.within(SLOW, "C_GetTokenInfo", slot, info) == CKR.OK
    log_in_and_sign(p11, slot, card)


def test_a_session_without_login_stays_usable(
    p11: Module, session: int, card: Card, rig: Rig, action: str, calls: Calls
) -> None:
    p11.find(session)
    ACTIONS[action](rig)
    assert calls.within(SLOW, "C_Login", session, 1, PIN, len(PIN)) == CKR.OK
    sign(p11, session, card)


def test_the_action_ends_the_login_and_a_new_one_works(
    p11: Module, slot: int, user: int, card: Card, rig: Rig, action: str, calls: Calls
) -> None:
    key = signature_key(p11, user, card)
    ACTIONS[action](rig)
    started = time.monotonic()
    assert try_to_sign(p11, user, card, key) in LOGIN_LOST[action]
    assert time.monotonic() - started < SLOW
    if action != "eject":
        assert p11.state(user) == CKS.RO_PUBLIC_SESSION
        assert calls.within(SLOW, "C_Login", user, 1, PIN, len(PIN)) == CKR.OK
    sign(p11, user, card)


def test_an_action_between_init_and_sign_ends_the_login(
    p11: Module, user: int, card: Card, rig: Rig, action: str
) -> None:
    key = signature_key(p11, user, card)
    how = RECIPE.mechanism()
    p11.ok("C_SignInit", user, ctypes.byref(how), key)
    ACTIONS[action](rig)
    signature, length = ctypes.create_string_buffer(512), ctypes.c_ulong(512)
    answer = p11.C_Sign(user, MESSAGE, len(MESSAGE), signature, ctypes.byref(length))
    assert answer in LOGIN_LOST[action]
    log_in_and_sign(p11, p11.session_info(user).slotID, card)


def test_the_action_does_not_end_a_wait_for_a_card(
    p11: Module, slot: int, user: int, card: Card, rig: Rig, action: str
) -> None:
    """It is no event: the card has not moved. The wait ends with the next card that does."""
    where, waiting = ctypes.c_ulong(), Calls(p11)
    key = signature_key(p11, user, card)
    wait = waiting.begin("C_WaitForSlotEvent", 0, ctypes.byref(where), None)
    try:
        ACTIONS[action](rig)
        assert try_to_sign(p11, user, card, key) in LOGIN_LOST[action]
        log_in_and_sign(p11, slot, card)
        assert wait.thread.is_alive()
        rig.remove()
        assert wait.within(30) == CKR.OK
        assert where.value == slot
    finally:
        p11.C_Finalize(None)
        waiting.finish()
        rig.insert(card.name)


def test_others_can_use_the_card_whatever_we_do_next(
    p11: Module, slot: int, user: int, card: Card, rig: Rig, action: str
) -> None:
    """Nobody may find the card unpowered because our host runs."""
    key = signature_key(p11, user, card)
    ACTIONS[action](rig)
    rig.connect_as_another()
    try_to_sign(p11, user, card, key)
    rig.connect_as_another()
    p11.token_info(slot)
    rig.connect_as_another()
    log_in_and_sign(p11, slot, card)
    rig.connect_as_another()


def test_the_action_may_be_repeated(p11: Module, slot: int, card: Card, rig: Rig, action: str) -> None:
    for _ in range(5):
        log_in_and_sign(p11, slot, card)
        ACTIONS[action](rig)
        ACTIONS[action](rig)
    log_in_and_sign(p11, slot, card)


def test_actions_between_any_two_commands_are_survived(p11: Module, slot: int, user: int, card: Card, rig: Rig) -> None:
    """A program that never rests, with pauses drawn by lot, between any two of our commands."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance, done = random.Random(seed), threading.Event()

    def interfere() -> None:
        while not done.wait(chance.uniform(0, 0.15)):
            chance.choice([Rig.unpower_card, Rig.reset_card, Rig.eject_card])(rig)

    key = signature_key(p11, user, card)
    other = threading.Thread(target=interfere)
    other.start()
    answers: set[CKR] = set()
    slowest = 0.0
    try:
        for _ in range(40):
            started = time.monotonic()
            answers.add(try_to_sign(p11, user, card, key))
            answers.add(p11.login(user, PIN))
            answers.add(p11.C_GetTokenInfo(slot, ctypes.create_string_buffer(512)))
            slowest = max(slowest, time.monotonic() - started)
    finally:
        done.set()
        other.join(60)
    assert answers <= {CKR.OK, CKR.USER_NOT_LOGGED_IN, CKR.USER_ALREADY_LOGGED_IN}
    assert slowest < 3 * SLOW
    log_in_and_sign(p11, slot, card)
    rig.connect_as_another()
