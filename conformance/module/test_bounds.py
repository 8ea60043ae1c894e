"""No call waits without a bound: not for a pcscd that does not answer, nor for a program that keeps the card.

What needs no card answers at once. docs/bounds.md states the bounds.
"""

import ctypes
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.testbed.call_limit import Calls, frozen
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module, empty_template, mechanism
from conformance.testbed.cps_command import FAILURE, Cps
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKO, CKR, Attribute, SessionInfo
from conformance.testbed.rig import Rig
from conformance.testbed.signing import MESSAGE, RECIPE, log_in_and_sign, signature_key

# One card is enough: nothing here reaches it.
pytestmark = [pytest.mark.cards("cps4"), pytest.mark.timing]

AT_ONCE = 1.5
SILENT = 6.0
"""Five seconds for a pcscd that does not answer, and one for the machine."""
BUSY = 26.0
"""Twenty-five for a card that another program keeps."""
FINALIZED = 10.0


@pytest.fixture
def calls(loaded: Module) -> Iterator[Calls]:
    """Whatever a call that came back late has done, the next test finds the module as new."""
    made = Calls(loaded)
    yield made
    made.finish()
    loaded.C_Finalize(None)


class Ready:
    """A logged in application, and what it calls next."""

    def __init__(self, p11: Module, slot: int, session: int, card: Card) -> None:
        self.p11, self.slot, self.session, self.card = p11, slot, session, card
        self.key = signature_key(p11, session, card)
        self.data = p11.one(session, (CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_ACTIVITY_01_PS"))
        self.room, self.length = ctypes.create_string_buffer(1024), ctypes.c_ulong(1024)
        self.handle = ctypes.c_ulong()
        self._signing = RECIPE.mechanism()
        self._hashing = mechanism(CKM.SHA256)

    def begin_to_sign(self) -> None:
        self.p11.ok("C_SignInit", self.session, ctypes.byref(self._signing), self.key)

    def begin_to_hash(self) -> int:
        session = self.p11.open(self.slot)
        self.p11.ok("C_DigestInit", session, ctypes.byref(self._hashing))
        return session

    def signature(self) -> tuple[Any, ...]:
        return self.session, MESSAGE, len(MESSAGE), self.room, ctypes.byref(self.length)

    def value(self) -> ctypes.Array[Attribute]:
        """Of a file that nobody has read yet."""
        return self._asked(CKA.VALUE)

    def label(self) -> ctypes.Array[Attribute]:
        return self._asked(CKA.LABEL)

    def _asked(self, kind: CKA) -> ctypes.Array[Attribute]:
        asked = empty_template([kind])
        asked[0].pValue, asked[0].ulValueLen = ctypes.cast(self.room, ctypes.c_void_p), len(self.room)
        return asked


@pytest.fixture
def ready(p11: Module, slot: int, user: int, card: Card) -> Ready:
    return Ready(p11, slot, user, card)


NEEDS_THE_CARD: dict[str, Callable[[Ready], tuple[Any, ...]]] = {
    "C_Sign": Ready.signature,
    "C_GetAttributeValue": lambda ready: (ready.session, ready.data, ready.value(), 1),
    "C_GenerateRandom": lambda ready: (ready.session, ready.room, 16),
    "C_Logout": lambda ready: (ready.session,),
}
NEEDS_NO_CARD: dict[str, Callable[[Ready, int], tuple[Any, ...]]] = {
    "C_GetSessionInfo": lambda ready, _: (ready.session, ctypes.byref(SessionInfo())),
    "C_GetAttributeValue": lambda ready, _: (ready.session, ready.data, ready.label(), 1),
    "C_Digest": lambda ready, other: (other, MESSAGE, len(MESSAGE), ready.room, ctypes.byref(ready.length)),
    "C_GetMechanismList": lambda ready, _: (ready.slot, None, ctypes.byref(ready.length)),
    "C_FindObjectsInit": lambda ready, _: (ready.session, None, 0),
    "C_GetSlotInfo": lambda ready, _: (ready.slot, ready.room),
}

ASKS_FOR_THE_SLOT = {"C_GetSlotInfo", "C_GetMechanismList"}
"""Whether a card is there is pcscd's to say, which gets two seconds for it."""


# --- a pcscd that does not answer


@pytest.mark.parametrize("name", sorted(NEEDS_THE_CARD))
def test_a_frozen_pcscd_is_a_broken_reader(ready: Ready, rig: Rig, calls: Calls, name: str) -> None:
    if name == "C_Sign":
        ready.begin_to_sign()
    with frozen(rig):
        answer = calls.within(SILENT, name, *NEEDS_THE_CARD[name](ready))
    # Whoever logs out is logged out, whatever the reader says of it.
    assert answer == CKR.DEVICE_ERROR or (name, answer) == ("C_Logout", CKR.OK)
    calls.finish()
    log_in_and_sign(ready.p11, ready.slot, ready.card)


def test_a_login_that_a_frozen_pcscd_swallows_spends_no_try_and_works_later(
    p11: Module, slot: int, session: int, card: Card, rig: Rig, calls: Calls
) -> None:
    with frozen(rig):
        answer = calls.within(SILENT, "C_Login", session, 1, PIN, len(PIN))
    assert answer == CKR.DEVICE_ERROR
    calls.finish()
    assert rig.pin_tries == 3
    log_in_and_sign(p11, slot, card)


@pytest.mark.parametrize("name", sorted(NEEDS_NO_CARD))
def test_what_needs_no_card_answers_at_once_while_pcscd_is_frozen(
    ready: Ready, rig: Rig, calls: Calls, name: str
) -> None:
    other = ready.begin_to_hash()
    with frozen(rig):
        limit = SILENT if name in ASKS_FOR_THE_SLOT else AT_ONCE
        answer = calls.within(limit, name, *NEEDS_NO_CARD[name](ready, other))
    assert answer == CKR.OK or (name, answer) == ("C_GetSlotInfo", CKR.DEVICE_ERROR)


def test_a_first_look_at_a_frozen_pcscd(loaded: Module, card: Card, rig: Rig, calls: Calls) -> None:
    count = ctypes.c_ulong()
    with frozen(rig):
        assert calls.within(SILENT, "C_Initialize", None) == CKR.OK
        assert calls.within(SILENT, "C_GetSlotList", 1, None, ctypes.byref(count)) in {CKR.OK, CKR.DEVICE_ERROR}
        assert calls.within(FINALIZED, "C_Finalize", None) == CKR.OK
    calls.finish()
    loaded.ok("C_Initialize", None)
    try:
        (slot,) = loaded.slots()
        log_in_and_sign(loaded, slot, card)
    finally:
        loaded.C_Finalize(None)


def test_finalising_while_pcscd_is_frozen(ready: Ready, rig: Rig, calls: Calls) -> None:
    """With one thread inside a call and one that waits for a card."""
    ready.begin_to_sign()
    with frozen(rig):
        signing = calls.begin("C_Sign", *ready.signature())
        waiting = calls.begin("C_WaitForSlotEvent", 0, ctypes.byref(ready.handle), None)
        time.sleep(0.2)
        assert calls.within(FINALIZED, "C_Finalize", None) == CKR.OK
        assert signing.within(FINALIZED) in {CKR.DEVICE_ERROR, CKR.CRYPTOKI_NOT_INITIALIZED}
        assert waiting.within(FINALIZED) == CKR.CRYPTOKI_NOT_INITIALIZED


def test_a_wait_for_a_card_outlives_a_pcscd_that_was_frozen(
    p11: Module, slot: int, card: Card, rig: Rig, calls: Calls
) -> None:
    where = ctypes.c_ulong()
    waiting = calls.begin("C_WaitForSlotEvent", 0, ctypes.byref(where), None)
    try:
        with frozen(rig):
            time.sleep(SILENT)
        rig.remove()
        assert waiting.within(60) == CKR.OK
        assert where.value == slot
    finally:
        p11.C_Finalize(None)
        rig.insert(card.name)


def test_the_diagnosis_says_that_pcscd_does_not_answer(card: Card, rig: Rig) -> None:
    started = time.monotonic()
    with frozen(rig):
        answer = Cps({**rig.env, "LC_ALL": "C"})("diag", "--json")
        took = time.monotonic() - started
    assert took < SILENT + AT_ONCE
    assert answer.code == FAILURE
    assert [each["check"] for each in answer.facts["checks"] if each["severity"] == "failure"] == ["service.silent"]


# --- a program that keeps the card


def test_a_card_that_another_keeps_is_given_up_in_time_and_works_later(ready: Ready, rig: Rig, calls: Calls) -> None:
    ready.begin_to_sign()
    other = ready.begin_to_hash()
    with rig.held_by_another():
        signing = calls.begin("C_Sign", *ready.signature())
        time.sleep(0.2)
        for name, arguments in NEEDS_NO_CARD.items():
            if name != "C_FindObjectsInit":  # its session is the one that signs
                assert (name, calls.within(AT_ONCE, name, *arguments(ready, other))) == (name, CKR.OK)
        assert signing.within(BUSY) == CKR.FUNCTION_FAILED
    log_in_and_sign(ready.p11, ready.slot, ready.card)


def test_a_new_application_does_not_wait_longer_than_an_old_one(
    loaded: Module, card: Card, rig: Rig, calls: Calls
) -> None:
    """pcscd lets a connection wait for the end of a transaction, without a bound of its own."""
    with rig.held_by_another():
        loaded.ok("C_Initialize", None)
        try:
            (slot,) = loaded.slots()
            opening = (slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(ctypes.c_ulong()))
            assert calls.within(BUSY, "C_OpenSession", *opening) in {CKR.OK, CKR.FUNCTION_FAILED}
            assert calls.within(BUSY, "C_GetTokenInfo", slot, ctypes.create_string_buffer(512)) == CKR.FUNCTION_FAILED
        finally:
            finalizing = calls.within(FINALIZED, "C_Finalize", None)
        assert finalizing == CKR.OK


def test_finalising_while_another_keeps_the_card(ready: Ready, rig: Rig, calls: Calls) -> None:
    ready.begin_to_sign()
    with rig.held_by_another():
        signing = calls.begin("C_Sign", *ready.signature())
        time.sleep(0.2)
        assert calls.within(FINALIZED, "C_Finalize", None) == CKR.OK
        assert signing.within(BUSY) in {CKR.FUNCTION_FAILED, CKR.CRYPTOKI_NOT_INITIALIZED}


def test_a_slow_card_is_waited_for(ready: Ready, rig: Rig, calls: Calls) -> None:
    """A card that works is not one that is kept: three seconds for one command are its right."""
    ready.begin_to_sign()
    rig.latency("rsa=3000")
    try:
        signing = calls.begin("C_Sign", *ready.signature())
        time.sleep(0.3)
        assert calls.within(AT_ONCE, "C_GetSessionInfo", ready.session, ctypes.byref(SessionInfo())) == CKR.OK
        assert signing.within(BUSY) == CKR.OK
    finally:
        rig.latency("none")
