"""What becomes of sessions and logins when the card, another program or pcscd does something in between.

PKCS #11 Specification 3.1, clause 5.1.4 (token removal); card specification 5.6.
"""

import ctypes
from collections.abc import Iterator

import pytest

from conformance.testbed.cards import CARDS, PIN, PUK, WRONG_PIN, Card
from conformance.testbed.client import Module, mechanism
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKO, CKR, CKS, CKU, Info, SessionInfo, SlotFlag
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.testbed.rig import Rig

MESSAGE = b"ordonnance"
RECIPE = RECIPES[CKM.SHA256_RSA_PKCS]
PSO = "2A"

OTHER = {"cps3": "cps4", "cps4": "cps3"}


@pytest.fixture(autouse=True)
def put_back(rig: Rig, card: Card) -> Iterator[None]:
    """Leaves the reader as the next test expects it."""
    yield
    rig.insert(card.name)


def signature_key(p11: Module, session: int, card: Card) -> int:
    return p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, card.signature.private))


def sign(p11: Module, session: int, key: int) -> CKR:
    how = RECIPE.mechanism()
    begun = p11.C_SignInit(session, ctypes.byref(how), key)
    if begun != CKR.OK:
        return begun
    signature, length = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    return p11.C_Sign(session, MESSAGE, len(MESSAGE), signature, ctypes.byref(length))


def log_in_and_sign(p11: Module, card: Card) -> None:
    """The whole way from the slot list to a signature that another implementation accepts."""
    (slot,) = p11.slots()
    session = p11.open(slot)
    assert p11.login(session, PIN) == CKR.OK
    signature = p11.sign(session, signature_key(p11, session, card), RECIPE.mechanism(), MESSAGE)
    assert RECIPE.holds(card.public_key(card.signature), MESSAGE, signature)


# --- the card leaves


def test_a_card_pulled_during_a_signature_is_reported_as_removed(p11: Module, user: int, card: Card, rig: Rig) -> None:
    key = signature_key(p11, user, card)
    rig.fault(f"ins={PSO} p1p2=9E9A do=remove")
    assert sign(p11, user, key) == CKR.DEVICE_REMOVED
    assert p11.C_GetSessionInfo(user, ctypes.byref(SessionInfo())) == CKR.SESSION_HANDLE_INVALID
    rig.clear_faults()
    rig.insert(card.name)
    log_in_and_sign(p11, card)


def test_sessions_end_with_the_card(p11: Module, slot: int, user: int, rig: Rig, card: Card) -> None:
    key = signature_key(p11, user, card)
    how = mechanism(CKM.RSA_PKCS)
    rig.remove()
    assert p11.C_GetSessionInfo(user, ctypes.byref(SessionInfo())) == CKR.SESSION_HANDLE_INVALID
    assert p11.login(user, PIN) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_Logout(user) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_FindObjectsInit(user, None, 0) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_SignInit(user, ctypes.byref(how), key) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_CloseSession(user) == CKR.SESSION_HANDLE_INVALID


def test_an_empty_reader_says_so(p11: Module, slot: int, rig: Rig) -> None:
    rig.remove()
    assert p11.slots(token_present=True) == []
    assert slot in p11.slots(token_present=False)
    assert not p11.slot_info(slot).flags & SlotFlag.TOKEN_PRESENT
    handle, count, info = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.create_string_buffer(256)
    assert p11.C_GetTokenInfo(slot, info) == CKR.TOKEN_NOT_PRESENT
    assert p11.C_GetMechanismList(slot, None, ctypes.byref(count)) == CKR.TOKEN_NOT_PRESENT
    opened = p11.C_OpenSession(slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(handle))
    assert opened == CKR.TOKEN_NOT_PRESENT


def test_old_sessions_stay_dead_when_the_card_comes_back(
    p11: Module, slot: int, user: int, rig: Rig, card: Card
) -> None:
    rig.remove()
    rig.insert(card.name)
    assert p11.slots() == [slot]
    assert p11.C_GetSessionInfo(user, ctypes.byref(SessionInfo())) == CKR.SESSION_HANDLE_INVALID
    fresh = p11.open(slot)
    assert fresh != user
    assert p11.state(fresh) == CKS.RO_PUBLIC_SESSION
    p11.ok("C_CloseSession", fresh)
    log_in_and_sign(p11, card)


def test_a_card_that_left_and_came_back_unseen_has_lost_the_login(p11: Module, user: int, rig: Rig, card: Card) -> None:
    """No call was made in between: only the reader's event counter shows it."""
    key = signature_key(p11, user, card)
    rig.remove()
    rig.insert(card.name)
    assert sign(p11, user, key) == CKR.SESSION_HANDLE_INVALID
    log_in_and_sign(p11, card)


def test_a_card_that_comes_after_c_initialize_is_used_at_once(loaded: Module, rig: Rig, card: Card) -> None:
    rig.remove()
    loaded.ok("C_Initialize", None)
    try:
        assert loaded.slots(token_present=True) == []
        assert loaded.slots(token_present=False) != []
        rig.insert(card.name)
        log_in_and_sign(loaded, card)
    finally:
        loaded.C_Finalize(None)


# --- another card comes


def insert_other(rig: Rig, card: Card) -> None:
    """With its first PIN: a test before may have changed that."""
    rig.insert(OTHER[card.name])
    rig.new_pins()


def test_a_swapped_card_is_another_token(p11: Module, slot: int, user: int, rig: Rig, card: Card) -> None:
    before = bytes(p11.token_info(slot).label)
    insert_other(rig, card)
    assert p11.C_GetSessionInfo(user, ctypes.byref(SessionInfo())) == CKR.SESSION_HANDLE_INVALID
    assert p11.slots() == [slot]
    after = bytes(p11.token_info(slot).label)
    assert card.generation.encode() in before
    assert CARDS[OTHER[card.name]].generation.encode() in after
    log_in_and_sign(p11, CARDS[OTHER[card.name]])


def test_a_key_of_the_old_card_signs_nothing_with_the_new_one(p11: Module, user: int, rig: Rig, card: Card) -> None:
    key = signature_key(p11, user, card)
    how = RECIPE.mechanism()
    p11.ok("C_SignInit", user, ctypes.byref(how), key)
    insert_other(rig, card)
    signature, length = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    signed = p11.C_Sign(user, MESSAGE, len(MESSAGE), signature, ctypes.byref(length))
    assert signed == CKR.SESSION_HANDLE_INVALID
    assert bytes(signature) == bytes(256)
    log_in_and_sign(p11, CARDS[OTHER[card.name]])


# --- another program resets the card


def test_a_reset_by_another_program_ends_the_login_but_not_the_session(
    p11: Module, user: int, rig: Rig, card: Card
) -> None:
    """The original answers CKR_SESSION_HANDLE_INVALID here; the session needs nothing that the reset took away."""
    key = signature_key(p11, user, card)
    rig.reset_card()
    assert sign(p11, user, key) == CKR.USER_NOT_LOGGED_IN
    assert p11.state(user) == CKS.RO_PUBLIC_SESSION
    assert p11.find(user, (CKA.CLASS, CKO.PRIVATE_KEY)) == []
    assert p11.login(user, PIN) == CKR.OK
    signature = p11.sign(user, signature_key(p11, user, card), RECIPE.mechanism(), MESSAGE)
    assert RECIPE.holds(card.public_key(card.signature), MESSAGE, signature)


def test_a_reset_between_init_and_sign_never_presents_the_pin_again(
    p11: Module, user: int, rig: Rig, card: Card
) -> None:
    key = signature_key(p11, user, card)
    how = RECIPE.mechanism()
    p11.ok("C_SignInit", user, ctypes.byref(how), key)
    rig.reset_card()
    rig.clear_log()
    signature, length = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    signed = p11.C_Sign(user, MESSAGE, len(MESSAGE), signature, ctypes.byref(length))
    assert signed == CKR.USER_NOT_LOGGED_IN
    verifications = [one for one in rig.log() if one.command[1] == 0x20 and len(one.command) > 5]
    assert verifications == []


def test_the_session_info_shows_the_reset(p11: Module, user: int, rig: Rig) -> None:
    rig.reset_card()
    assert p11.state(user) == CKS.RO_PUBLIC_SESSION


def test_a_login_right_after_the_reset_works(p11: Module, user: int, rig: Rig) -> None:
    rig.reset_card()
    assert p11.login(user, PIN) == CKR.OK


def test_a_logout_after_the_reset_finds_nobody_logged_in(p11: Module, user: int, rig: Rig) -> None:
    rig.reset_card()
    assert p11.C_Logout(user) == CKR.USER_NOT_LOGGED_IN


def test_public_objects_are_still_known_after_a_reset(p11: Module, session: int, rig: Rig) -> None:
    before = p11.find(session)
    rig.reset_card()
    assert p11.find(session) == before


def test_a_reset_takes_the_security_officer_away_too(p11: Module, slot: int, rig: Rig) -> None:
    session = p11.open(slot, rw=True)
    assert p11.login(session, PUK, CKU.SO) == CKR.OK
    rig.reset_card()
    assert p11.C_InitPIN(session, b"4321", 4) == CKR.USER_NOT_LOGGED_IN
    assert p11.login(session, PIN) == CKR.OK


def test_a_reset_in_the_middle_of_a_signature_is_an_error_and_the_next_login_works(
    p11: Module, user: int, rig: Rig, card: Card
) -> None:
    key = signature_key(p11, user, card)
    rig.fault(f"ins={PSO} p1p2=9E9A do=reset")
    assert sign(p11, user, key) in (CKR.USER_NOT_LOGGED_IN, CKR.DEVICE_ERROR, CKR.GENERAL_ERROR)
    rig.clear_faults()
    assert p11.state(user) == CKS.RO_PUBLIC_SESSION
    assert p11.login(user, PIN) == CKR.OK
    assert sign(p11, user, signature_key(p11, user, card)) == CKR.OK


# --- the card or the service stops answering


def test_a_card_that_falls_silent_is_a_device_error(p11: Module, user: int, rig: Rig, card: Card) -> None:
    """The chip has restarted meanwhile: it knows nothing of the login any more."""
    key = signature_key(p11, user, card)
    rig.fault(f"ins={PSO} p1p2=9E9A do=mute")
    assert sign(p11, user, key) == CKR.DEVICE_ERROR
    assert p11.state(user) == CKS.RO_PUBLIC_SESSION
    assert p11.login(user, PIN) == CKR.OK
    assert sign(p11, user, signature_key(p11, user, card)) == CKR.OK


@pytest.mark.parametrize("length", [1, 2, 10, 200])
def test_a_mutilated_answer_never_passes_for_a_signature(
    p11: Module, user: int, rig: Rig, card: Card, length: int
) -> None:
    key = signature_key(p11, user, card)
    rig.fault(f"ins={PSO} p1p2=9E9A times=all do=truncate length={length}")
    assert sign(p11, user, key) in (CKR.DEVICE_ERROR, CKR.GENERAL_ERROR)
    rig.clear_faults()
    log_in_again_and_sign(p11, user, card)


def log_in_again_and_sign(p11: Module, session: int, card: Card) -> None:
    assert p11.login(session, PIN) in (CKR.OK, CKR.USER_ALREADY_LOGGED_IN)
    assert sign(p11, session, signature_key(p11, session, card)) == CKR.OK


@pytest.mark.parametrize("fault", ["mute execute=yes", "truncate length=1", "truncate length=0"])
def test_a_pin_whose_answer_was_lost_is_not_presented_twice(
    p11: Module, session: int, rig: Rig, card: Card, fault: str
) -> None:
    p11.find(session)
    rig.fault(f"ins=20 do={fault}")
    rig.clear_log()
    answer = p11.login(session, WRONG_PIN)
    # A reader may take a card that is silent for long for one that was taken out and put in again.
    came_again = "power on" in rig.events()
    assert answer in ({CKR.DEVICE_REMOVED, CKR.DEVICE_ERROR} if came_again else {CKR.DEVICE_ERROR})
    assert rig.pin_tries == 2
    rig.clear_faults()
    after = p11.open(p11.slots()[0]) if answer == CKR.DEVICE_REMOVED else session
    assert p11.login(after, PIN) == CKR.OK
    assert rig.pin_tries == 3


def test_a_pcscd_that_stops_ends_the_sessions_and_its_return_is_noticed(
    p11: Module, user: int, rig: Rig, card: Card
) -> None:
    key = signature_key(p11, user, card)
    rig.stop_pcscd()
    try:
        assert sign(p11, user, key) in (CKR.DEVICE_REMOVED, CKR.DEVICE_ERROR, CKR.SESSION_HANDLE_INVALID)
        assert p11.slots(token_present=True) == []
    finally:
        rig.start_pcscd()
    assert p11.C_GetSessionInfo(user, ctypes.byref(SessionInfo())) == CKR.SESSION_HANDLE_INVALID
    log_in_and_sign(p11, card)


def test_a_pcscd_that_was_restarted_unseen_is_survived(p11: Module, user: int, rig: Rig, card: Card) -> None:
    key = signature_key(p11, user, card)
    rig.stop_pcscd()
    rig.start_pcscd()
    assert sign(p11, user, key) != CKR.OK
    log_in_and_sign(p11, card)


def test_without_pcscd_the_library_still_starts_and_finds_it_later(loaded: Module, rig: Rig, card: Card) -> None:
    rig.stop_pcscd()
    try:
        loaded.ok("C_Initialize", None)
        loaded.ok("C_GetInfo", ctypes.byref(Info()))
        assert loaded.slots(token_present=False) == []
    finally:
        rig.start_pcscd()
    try:
        log_in_and_sign(loaded, card)
    finally:
        loaded.C_Finalize(None)
