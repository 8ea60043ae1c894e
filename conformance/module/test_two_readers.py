"""A CPS beside another card, and two CPS at once: each slot is its own; another card is left alone.

PKCS #11 Specification 3.1, clause 5.5.1 (slot list). Doctors have readers with two slots: the patient's card is beside.
"""

import ctypes
import dataclasses
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.testbed.call_limit import Calls
from conformance.testbed.cards import CPS4, PIN, Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKR, SlotFlag, TokenInfo
from conformance.testbed.rig import Rig
from conformance.testbed.signing import log_in_and_sign, sign, signature_key, try_to_sign

OTHER = dataclasses.replace(CPS4, name="cps4-other")
"""The CPS4 of another holder."""
AT_ONCE = 2.0
RSA_SECONDS = 0.3
SIGNATURES = 6


@pytest.fixture(autouse=True)
def second_slot_is_empty_again(rig: Rig, card: Card) -> Iterator[None]:
    yield
    rig.second.remove()
    rig.insert(card.name)


def slot_of(p11: Module, rig: Rig, reader: str) -> int:
    """The slot of a reader, by its name, which is the slot's description."""
    found = [
        slot for slot in p11.slots(token_present=False) if reader in bytes(p11.slot_info(slot).slotDescription).decode()
    ]
    (only,) = found
    return only


def started(loaded: Module) -> Iterator[Module]:
    loaded.ok("C_Initialize", None)
    yield loaded
    loaded.C_Finalize(None)


# --- beside another card


@pytest.mark.parametrize("place", ["the second slot", "the first slot"])
def test_a_foreign_card_beside_a_cps_is_sent_nothing(loaded: Module, card: Card, rig: Rig, place: str) -> None:
    cps, foreign = (rig, rig.second) if place == "the second slot" else (rig.second, rig)
    foreign.insert("foreign")
    cps.insert(card.name)
    foreign.clear_log()
    for p11 in started(loaded):
        (slot,) = p11.slots(token_present=True)
        assert len(p11.slots(token_present=False)) == 2
        assert slot == slot_of(p11, rig, cps.reader)
        other = slot_of(p11, rig, foreign.reader)
        assert not p11.slot_info(other).flags & SlotFlag.TOKEN_PRESENT
        assert p11.C_GetTokenInfo(other, ctypes.byref(TokenInfo())) == CKR.TOKEN_NOT_RECOGNIZED
        log_in_and_sign(p11, slot, card)
    assert foreign.apdu_count() == 0


def test_a_foreign_card_is_free_for_its_own_program(loaded: Module, card: Card, rig: Rig) -> None:
    """Nobody needs a CPS program that keeps the patient's card."""
    rig.second.insert("foreign")
    for p11 in started(loaded):
        (slot,) = p11.slots()
        session = p11.open(slot)
        with rig.second.exclusive_to_another():
            assert p11.login(session, PIN) == CKR.OK
            sign(p11, session, card)
            assert p11.slots() == [slot]


def test_another_program_that_keeps_the_other_card_delays_nothing(loaded: Module, card: Card, rig: Rig) -> None:
    rig.second.insert("foreign")
    for p11 in started(loaded):
        calls = Calls(p11)
        with rig.second.held_by_another():
            count = ctypes.c_ulong()
            assert calls.within(AT_ONCE, "C_GetSlotList", 1, None, ctypes.byref(count)) == CKR.OK
            (slot,) = p11.slots()
            begun = time.monotonic()
            log_in_and_sign(p11, slot, card)
            assert time.monotonic() - begun < 2 * AT_ONCE
        calls.finish()


def test_the_other_card_comes_and_goes(loaded: Module, card: Card, rig: Rig) -> None:
    for p11 in started(loaded):
        (slot,) = p11.slots()
        session = p11.open(slot)
        assert p11.login(session, PIN) == CKR.OK
        key = signature_key(p11, session, card)
        for _ in range(3):
            rig.second.insert("foreign")
            assert p11.slots() == [slot]
            assert try_to_sign(p11, session, card, key) == CKR.OK
            rig.second.remove()
            assert try_to_sign(p11, session, card, key) == CKR.OK


# --- two CPS at once


@pytest.fixture
def both(loaded: Module, card: Card, rig: Rig) -> Iterator[tuple[Module, dict[int, Card]]]:
    rig.second.insert(OTHER.name)
    for p11 in started(loaded):
        cards = {slot_of(p11, rig, rig.reader): card, slot_of(p11, rig, rig.second.reader): OTHER}
        assert sorted(p11.slots()) == sorted(cards)
        yield p11, cards


def test_each_card_signs_for_itself(both: tuple[Module, dict[int, Card]]) -> None:
    p11, cards = both
    sessions = {slot: p11.open(slot) for slot in cards}
    for slot, session in sessions.items():
        assert p11.login(session, PIN) == CKR.OK
        assert p11.session_info(session).slotID == slot
    for _ in range(3):
        for slot, session in sessions.items():
            sign(p11, session, cards[slot])


def test_a_login_at_one_is_no_login_at_the_other(both: tuple[Module, dict[int, Card]]) -> None:
    p11, cards = both
    first, second = (p11.open(slot) for slot in cards)
    assert p11.login(first, PIN) == CKR.OK
    assert p11.state(first) != p11.state(second)
    p11.ok("C_CloseAllSessions", next(iter(cards)))
    assert p11.login(second, PIN) == CKR.OK


def test_they_work_at_the_same_time(both: tuple[Module, dict[int, Card]], rig: Rig) -> None:
    p11, cards = both
    sessions = {slot: p11.open(slot) for slot in cards}
    keys = {}
    for slot, session in sessions.items():
        assert p11.login(session, PIN) == CKR.OK
        keys[slot] = signature_key(p11, session, cards[slot])

    def work(slot: int) -> None:
        for _ in range(SIGNATURES):
            assert try_to_sign(p11, sessions[slot], cards[slot], keys[slot]) == CKR.OK

    for each in (rig, rig.second):
        each.latency(f"rsa={RSA_SECONDS * 1000:.0f}")
    try:
        begun = time.monotonic()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, cards))
        took = time.monotonic() - begun
    finally:
        for each in (rig, rig.second):
            each.latency("none")
    alone = SIGNATURES * RSA_SECONDS
    assert alone <= took < 1.8 * alone, "one waited for the other"


def test_one_is_pulled_and_the_other_goes_on(both: tuple[Module, dict[int, Card]], card: Card, rig: Rig) -> None:
    p11, cards = both
    (here, there) = cards
    mine, theirs = p11.open(here), p11.open(there)
    assert (p11.login(mine, PIN), p11.login(theirs, PIN)) == (CKR.OK, CKR.OK)
    rig.second.remove()
    sign(p11, mine, card)
    assert p11.slots() == [here]
    rig.second.insert(OTHER.name)
    sign(p11, mine, card)
    log_in_and_sign(p11, there, OTHER)


def test_one_that_another_program_keeps_does_not_stop_the_other(
    both: tuple[Module, dict[int, Card]], card: Card, rig: Rig
) -> None:
    p11, cards = both
    (here, there) = cards
    p11.token_info(there)
    calls = Calls(p11)
    with rig.second.held_by_another():
        waiting = calls.begin("C_GetTokenInfo", there, ctypes.create_string_buffer(512))
        begun = time.monotonic()
        log_in_and_sign(p11, here, card)
        assert time.monotonic() - begun < 2 * AT_ONCE
    assert waiting.within(30) == CKR.OK
    calls.finish()


def test_the_reader_goes_and_comes_back_and_a_slot_is_for_life(
    both: tuple[Module, dict[int, Card]], card: Card, rig: Rig
) -> None:
    p11, cards = both
    rig.unplug()
    assert p11.slots() == []
    rig.plug()
    assert sorted(p11.slots()) == sorted(cards)
    for slot, expected in cards.items():
        log_in_and_sign(p11, slot, expected)


def test_the_cards_change_places(both: tuple[Module, dict[int, Card]], card: Card, rig: Rig) -> None:
    p11, cards = both
    (here, there) = cards
    rig.remove()
    rig.second.remove()
    rig.insert(OTHER.name)
    rig.second.insert(card.name)
    log_in_and_sign(p11, here, OTHER)
    log_in_and_sign(p11, there, card)
