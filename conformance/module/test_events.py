"""Readers, cards and the service itself come and go while an application waits, or while it looks elsewhere.

PKCS #11 Specification 3.1, clauses 5.5.7 (C_WaitForSlotEvent) and 5.4.2 (C_Finalize ends a wait).
"""

import ctypes
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import pytest

from conformance.testbed.cards import CARDS, PIN, Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKF, CKR, CKS, SessionInfo, SlotFlag
from conformance.testbed.rig import Rig

NO_SLOT = 99
LIMIT_SECONDS = 10
AT_ONCE = 2.0
OTHER = {"cps3": "cps4", "cps4": "cps3"}


@pytest.fixture(autouse=True)
def put_back(rig: Rig, card: Card) -> Iterator[None]:
    """Leaves the reader as the next test expects it."""
    yield
    rig.insert(card.name)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def wait_for_event(p11: Module, flags: int = 0) -> tuple[CKR, int]:
    where = ctypes.c_ulong(NO_SLOT)
    return p11.C_WaitForSlotEvent(flags, ctypes.byref(where), None), where.value


def look(p11: Module) -> tuple[CKR, int]:
    return wait_for_event(p11, CKF.DONT_BLOCK)


def waiting(p11: Module, pool: ThreadPoolExecutor) -> "Future[tuple[CKR, int]]":
    """A call that waits in a thread of its own."""
    call = pool.submit(wait_for_event, p11)
    with pytest.raises(TimeoutError):
        call.result(0.1)
    return call


def happened(p11: Module) -> list[int]:
    """The slots in which something happened since the last look, in the order of the events."""
    slots = []
    while (event := look(p11))[0] == CKR.OK:
        slots.append(event[1])
    assert event == (CKR.NO_EVENT, NO_SLOT)
    return slots


def alive(p11: Module, session: int) -> CKR:
    return p11.C_GetSessionInfo(session, ctypes.byref(SessionInfo()))


# --- waiting


def test_who_waits_learns_of_the_card_that_leaves_and_of_the_one_that_comes(
    p11: Module, slot: int, card: Card, rig: Rig, pool: ThreadPoolExecutor
) -> None:
    removal = waiting(p11, pool)
    rig.remove()
    assert removal.result(LIMIT_SECONDS) == (CKR.OK, slot)
    insertion = waiting(p11, pool)
    rig.insert(card.name)
    assert insertion.result(LIMIT_SECONDS) == (CKR.OK, slot)
    assert look(p11) == (CKR.NO_EVENT, NO_SLOT)


def test_what_happened_before_the_wait_is_not_missed(p11: Module, slot: int, rig: Rig) -> None:
    rig.remove()
    assert wait_for_event(p11) == (CKR.OK, slot)
    assert look(p11) == (CKR.NO_EVENT, NO_SLOT)


def test_a_reset_by_another_application_is_no_event(p11: Module, slot: int, rig: Rig) -> None:
    rig.reset_card()
    assert look(p11) == (CKR.NO_EVENT, NO_SLOT)


def test_each_event_goes_to_one_of_those_who_wait(
    p11: Module, slot: int, card: Card, rig: Rig, pool: ThreadPoolExecutor
) -> None:
    both = [waiting(p11, pool), waiting(p11, pool)]
    rig.remove()
    rig.insert(card.name)
    first = next(call for call in both if call.exception(LIMIT_SECONDS) is None)
    assert first.result(LIMIT_SECONDS) == (CKR.OK, slot)
    p11.ok("C_Finalize", None)
    assert {call.result(LIMIT_SECONDS)[0] for call in both} <= {CKR.OK, CKR.CRYPTOKI_NOT_INITIALIZED}


def test_finalising_ends_a_wait_at_once(p11: Module, card: Card, pool: ThreadPoolExecutor) -> None:
    call = waiting(p11, pool)
    before = monotonic()
    p11.ok("C_Finalize", None)
    assert call.result(LIMIT_SECONDS) == (CKR.CRYPTOKI_NOT_INITIALIZED, NO_SLOT)
    assert monotonic() - before < AT_ONCE


def test_nobody_waits_for_a_service_that_is_not_there(
    p11: Module, slot: int, rig: Rig, pool: ThreadPoolExecutor
) -> None:
    """Nothing could end such a wait; the application gets an error, and may look again when it likes."""
    rig.stop_pcscd()
    try:
        assert slot in happened(p11)
        call = pool.submit(wait_for_event, p11)
        assert call.result(LIMIT_SECONDS) == (CKR.DEVICE_REMOVED, NO_SLOT)
    finally:
        rig.start_pcscd()
    assert slot in happened(p11)


def test_a_service_that_stops_ends_the_wait_that_it_served(
    p11: Module, slot: int, rig: Rig, pool: ThreadPoolExecutor
) -> None:
    call = waiting(p11, pool)
    readers = p11.slots(token_present=False)
    rig.stop_pcscd()
    try:
        answer, where = call.result(LIMIT_SECONDS)
        assert answer == CKR.OK
        assert where in readers
    finally:
        rig.start_pcscd()


@pytest.mark.parametrize("flags", [0, CKF.DONT_BLOCK], ids=["blocking", "not blocking"])
def test_arguments_are_looked_at_before_anything_is_waited_for(p11: Module, flags: int) -> None:
    where, reserved = ctypes.c_ulong(NO_SLOT), ctypes.c_ulong()
    assert p11.C_WaitForSlotEvent(flags, ctypes.byref(where), ctypes.byref(reserved)) == CKR.ARGUMENTS_BAD
    assert p11.C_WaitForSlotEvent(flags, None, None) == CKR.ARGUMENTS_BAD
    assert where.value == NO_SLOT


# --- the reader


@pytest.fixture
def unplugged(p11: Module, slot: int, rig: Rig) -> Iterator[int]:
    """The slot of a reader that is gone, and back when the test ends."""
    rig.unplug()
    yield slot
    rig.plug()


def test_a_reader_that_is_unplugged_is_polled_for_and_found_again(p11: Module, slot: int, rig: Rig) -> None:
    """The scenario of the acceptance plan that has no number."""
    token = bytes(p11.token_info(slot).serialNumber)
    room, count = (ctypes.c_ulong * 8)(), ctypes.c_ulong(8)
    rig.unplug()
    for _ in range(25):
        assert p11.C_GetSlotList(True, room, ctypes.byref(count)) == CKR.OK
        assert count.value == 0
    rig.plug()
    count.value = 8
    assert p11.C_GetSlotList(True, room, ctypes.byref(count)) == CKR.OK
    assert list(room[: count.value]) == [slot]
    assert bytes(p11.token_info(slot).serialNumber) == token


def test_a_reader_that_is_gone_is_not_listed_and_its_slot_is_empty(p11: Module, user: int, unplugged: int) -> None:
    assert p11.slots(token_present=False) == []
    assert alive(p11, user) == CKR.SESSION_HANDLE_INVALID
    assert not p11.slot_info(unplugged).flags & SlotFlag.TOKEN_PRESENT
    assert p11.C_GetTokenInfo(unplugged, ctypes.create_string_buffer(512)) == CKR.TOKEN_NOT_PRESENT
    handle = ctypes.c_ulong()
    opened = p11.C_OpenSession(unplugged, CKF.SERIAL_SESSION, None, None, ctypes.byref(handle))
    assert opened == CKR.TOKEN_NOT_PRESENT


def test_a_reader_that_comes_back_has_its_slot_again_and_no_login(
    p11: Module, slot: int, user: int, card: Card, rig: Rig
) -> None:
    readers = {one: bytes(p11.slot_info(one).slotDescription) for one in p11.slots(token_present=False)}
    rig.unplug()
    rig.plug()
    assert alive(p11, user) == CKR.SESSION_HANDLE_INVALID
    assert p11.slots() == [slot]
    assert {one: bytes(p11.slot_info(one).slotDescription) for one in p11.slots(token_present=False)} == readers
    fresh = p11.open(slot)
    assert p11.state(fresh) == CKS.RO_PUBLIC_SESSION
    assert p11.login(fresh, PIN) == CKR.OK


def test_who_waits_learns_of_the_reader_that_leaves_and_of_the_one_that_comes(
    p11: Module, slot: int, rig: Rig, pool: ThreadPoolExecutor
) -> None:
    readers = p11.slots(token_present=False)
    departure = waiting(p11, pool)
    rig.unplug()
    answer, where = departure.result(LIMIT_SECONDS)
    assert answer == CKR.OK
    assert where in readers
    happened(p11)
    arrival = waiting(p11, pool)
    rig.plug()
    answer, where = arrival.result(LIMIT_SECONDS)
    assert answer == CKR.OK
    assert where in readers


# --- another card


def test_a_swapped_card_is_an_event_in_the_same_slot_and_ends_the_sessions(
    p11: Module, slot: int, user: int, card: Card, rig: Rig
) -> None:
    other = CARDS[OTHER[card.name]]
    rig.insert(other.name)
    assert look(p11) == (CKR.OK, slot)
    assert alive(p11, user) == CKR.SESSION_HANDLE_INVALID
    assert p11.slots() == [slot]
    fresh = p11.open(slot)
    assert p11.state(fresh) == CKS.RO_PUBLIC_SESSION
    assert p11.login(fresh, PIN) == CKR.OK


# --- the service


def test_no_service_is_no_reader_and_no_error(p11: Module, slot: int, user: int, rig: Rig) -> None:
    rig.stop_pcscd()
    try:
        assert p11.slots(token_present=False) == p11.slots(token_present=True) == []
        assert not p11.slot_info(slot).flags & SlotFlag.TOKEN_PRESENT
        assert p11.C_GetTokenInfo(slot, ctypes.create_string_buffer(512)) == CKR.TOKEN_NOT_PRESENT
        handle = ctypes.c_ulong()
        opened = p11.C_OpenSession(slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(handle))
        assert opened == CKR.TOKEN_NOT_PRESENT
        assert alive(p11, user) == CKR.SESSION_HANDLE_INVALID
    finally:
        rig.start_pcscd()
    assert p11.slots() == [slot]
    assert p11.login(p11.open(slot), PIN) == CKR.OK


def test_readers_keep_their_slots_however_often_the_service_stops(p11: Module, slot: int, rig: Rig) -> None:
    readers = {one: bytes(p11.slot_info(one).slotDescription) for one in p11.slots(token_present=False)}
    for _ in range(2):
        rig.stop_pcscd()
        rig.start_pcscd()
        assert p11.slots(token_present=True) == [slot]
        assert {one: bytes(p11.slot_info(one).slotDescription) for one in p11.slots(token_present=False)} == readers
        assert p11.state(p11.open(slot)) == CKS.RO_PUBLIC_SESSION


def test_a_service_that_stops_and_one_that_comes_back_are_events_in_every_reader(
    p11: Module, slot: int, rig: Rig
) -> None:
    readers = p11.slots(token_present=False)
    rig.stop_pcscd()
    try:
        assert sorted(happened(p11)) == readers
    finally:
        rig.start_pcscd()
    assert sorted(happened(p11)) == readers


def test_a_card_that_comes_after_the_service_is_back_is_used_at_once(
    p11: Module, slot: int, user: int, card: Card, rig: Rig
) -> None:
    rig.remove()
    rig.stop_pcscd()
    rig.start_pcscd()
    assert slot in p11.slots(token_present=False)
    assert p11.slots(token_present=True) == []
    assert alive(p11, user) == CKR.SESSION_HANDLE_INVALID
    rig.insert(card.name)
    assert p11.login(p11.open(slot), PIN) == CKR.OK
