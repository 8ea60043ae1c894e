"""The code porteur and the code de deblocage as an application meets them: tries, states, flags, change, unblocking.

PKCS #11 Specification 3.1, clauses 5.5 and 5.6; card specification 5.2 and 5.4.
"""

import ctypes

import pytest

from conformance.testbed.cards import PIN, PUK, WRONG_PIN, WRONG_PUK, Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKA, CKF, CKO, CKR, CKS, CKU, TokenFlag
from conformance.testbed.rig import Rig

NEW_PIN = b"4321"

USER_PIN_FLAGS = TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED
SO_PIN_FLAGS = TokenFlag.SO_PIN_COUNT_LOW | TokenFlag.SO_PIN_FINAL_TRY | TokenFlag.SO_PIN_LOCKED


def user_pin_flags(p11: Module, slot: int) -> TokenFlag:
    return TokenFlag(p11.token_info(slot).flags) & USER_PIN_FLAGS


def so_pin_flags(p11: Module, slot: int) -> TokenFlag:
    return TokenFlag(p11.token_info(slot).flags) & SO_PIN_FLAGS


def block_the_pin(p11: Module, session: int) -> None:
    for _ in range(3):
        assert p11.login(session, WRONG_PIN) in (CKR.PIN_INCORRECT, CKR.PIN_LOCKED)
    assert p11.login(session, PIN) == CKR.PIN_LOCKED


# --- the holder logs in


def test_the_right_pin_logs_in_and_turns_every_session_into_a_user_session(p11: Module, slot: int) -> None:
    reader, writer = p11.open(slot), p11.open(slot, rw=True)
    assert (p11.state(reader), p11.state(writer)) == (CKS.RO_PUBLIC_SESSION, CKS.RW_PUBLIC_SESSION)
    assert p11.login(reader, PIN) == CKR.OK
    assert (p11.state(reader), p11.state(writer)) == (CKS.RO_USER_FUNCTIONS, CKS.RW_USER_FUNCTIONS)


def test_a_login_costs_one_command(p11: Module, session: int, rig: Rig) -> None:
    p11.find(session)
    rig.clear_log()
    assert p11.login(session, PIN) == CKR.OK
    assert [exchange.command[1] for exchange in rig.log()] == [0x20]


def test_a_session_opened_after_the_login_is_logged_in_too(p11: Module, slot: int, user: int) -> None:
    assert p11.state(p11.open(slot)) == CKS.RO_USER_FUNCTIONS


def test_the_login_ends_with_the_last_session(p11: Module, slot: int, user: int) -> None:
    p11.ok("C_CloseSession", user)
    assert p11.state(p11.open(slot)) == CKS.RO_PUBLIC_SESSION


def test_closing_one_session_of_two_keeps_the_login(p11: Module, slot: int, user: int) -> None:
    other = p11.open(slot)
    p11.ok("C_CloseSession", user)
    assert p11.state(other) == CKS.RO_USER_FUNCTIONS


def test_a_second_login_is_refused_as_not_needed(p11: Module, slot: int, user: int, rig: Rig) -> None:
    rig.clear_log()
    assert p11.login(user, PIN) == CKR.USER_ALREADY_LOGGED_IN
    assert p11.login(p11.open(slot), WRONG_PIN) == CKR.USER_ALREADY_LOGGED_IN
    assert rig.apdu_count() == 0


def test_logout_gives_public_sessions_again(p11: Module, slot: int, user: int) -> None:
    other = p11.open(slot)
    assert p11.C_Logout(other) == CKR.OK
    assert p11.state(user) == CKS.RO_PUBLIC_SESSION
    assert p11.find(user, (CKA.CLASS, CKO.PRIVATE_KEY)) == []
    assert p11.C_Logout(user) == CKR.USER_NOT_LOGGED_IN


def test_one_can_log_in_again_after_logout(p11: Module, user: int) -> None:
    p11.ok("C_Logout", user)
    assert p11.login(user, PIN) == CKR.OK
    assert p11.state(user) == CKS.RO_USER_FUNCTIONS


# --- a wrong PIN


def test_a_wrong_pin_costs_one_try(p11: Module, session: int, rig: Rig) -> None:
    assert p11.login(session, WRONG_PIN) == CKR.PIN_INCORRECT
    assert rig.pin_tries == 2
    assert p11.state(session) == CKS.RO_PUBLIC_SESSION


def test_the_right_pin_after_a_wrong_one_gives_all_tries_back(p11: Module, session: int, rig: Rig) -> None:
    assert p11.login(session, WRONG_PIN) == CKR.PIN_INCORRECT
    assert p11.login(session, PIN) == CKR.OK
    assert rig.pin_tries == 3


def test_the_third_wrong_pin_blocks(p11: Module, session: int, rig: Rig, card: Card) -> None:
    assert p11.login(session, WRONG_PIN) == CKR.PIN_INCORRECT
    assert p11.login(session, WRONG_PIN) == CKR.PIN_INCORRECT
    assert p11.login(session, WRONG_PIN) == card.third_wrong_code
    assert rig.pin_tries == 0
    assert p11.login(session, PIN) == CKR.PIN_LOCKED
    assert p11.state(session) == CKS.RO_PUBLIC_SESSION


@pytest.mark.parametrize("pin", [b"", b"1", b"123", b"12345", b"1234567890" * 30], ids=lambda pin: f"{len(pin)} bytes")
def test_a_pin_of_wrong_length_never_reaches_the_card(p11: Module, session: int, rig: Rig, pin: bytes) -> None:
    p11.find(session)
    rig.clear_log()
    assert p11.login(session, pin) == CKR.PIN_INCORRECT
    assert rig.apdu_count() == 0
    assert rig.pin_tries == 3


def test_a_null_pin_is_a_bad_argument_on_a_reader_without_pinpad(p11: Module, session: int, rig: Rig) -> None:
    assert p11.C_Login(session, CKU.USER, None, 0) == CKR.ARGUMENTS_BAD
    assert p11.C_Login(session, CKU.USER, None, 4) == CKR.ARGUMENTS_BAD
    assert rig.pin_tries == 3


def test_no_operation_waits_for_a_login_of_its_own(p11: Module, user: int, rig: Rig) -> None:
    """CKU_CONTEXT_SPECIFIC is for keys with CKA_ALWAYS_AUTHENTICATE, which a CPS does not have."""
    rig.clear_log()
    assert p11.login(user, PIN, CKU.CONTEXT_SPECIFIC) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.state(user) == CKS.RO_USER_FUNCTIONS
    assert rig.apdu_count() == 0


@pytest.mark.parametrize("user_type", [3, 99, 0xFFFF_FFFF])
def test_only_holder_and_security_officer_exist(p11: Module, session: int, user_type: int) -> None:
    assert p11.login(session, PIN, user_type) == CKR.USER_TYPE_INVALID


def test_an_unknown_session_is_found_out_before_the_pin_is_looked_at(p11: Module, rig: Rig, card: Card) -> None:
    assert p11.login(999, PIN) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_Logout(999) == CKR.SESSION_HANDLE_INVALID
    assert rig.pin_tries == 3


# --- what C_GetTokenInfo says of the tries


def test_token_flags_follow_the_tries_that_are_left(p11: Module, slot: int, session: int) -> None:
    assert user_pin_flags(p11, slot) == 0
    p11.login(session, WRONG_PIN)
    assert user_pin_flags(p11, slot) == TokenFlag.USER_PIN_COUNT_LOW
    p11.login(session, WRONG_PIN)
    assert user_pin_flags(p11, slot) == TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY
    p11.login(session, WRONG_PIN)
    assert user_pin_flags(p11, slot) == TokenFlag.USER_PIN_LOCKED


def test_a_good_login_clears_the_flags(p11: Module, slot: int, session: int) -> None:
    p11.login(session, WRONG_PIN)
    p11.login(session, PIN)
    assert user_pin_flags(p11, slot) == 0


def test_asking_for_the_flags_keeps_the_holder_logged_in(p11: Module, slot: int, user: int) -> None:
    assert user_pin_flags(p11, slot) == 0
    assert p11.state(user) == CKS.RO_USER_FUNCTIONS
    assert len(p11.find(user, (CKA.CLASS, CKO.PRIVATE_KEY))) == 2


def test_token_flags_follow_the_tries_of_the_security_officer(p11: Module, slot: int, rw: int, rig: Rig) -> None:
    assert so_pin_flags(p11, slot) == 0
    for _ in range(9):
        assert p11.login(rw, WRONG_PUK, CKU.SO) == CKR.PIN_INCORRECT
    assert rig.puk_tries == 1
    assert so_pin_flags(p11, slot) == TokenFlag.SO_PIN_COUNT_LOW | TokenFlag.SO_PIN_FINAL_TRY
    p11.login(rw, WRONG_PUK, CKU.SO)
    assert so_pin_flags(p11, slot) == TokenFlag.SO_PIN_LOCKED
    assert p11.login(rw, PUK, CKU.SO) == CKR.PIN_LOCKED


# --- the holder changes the PIN


@pytest.mark.parametrize("writable", [True, False], ids=["rw", "ro"])
@pytest.mark.parametrize("logged_in", [True, False], ids=["logged in", "not logged in"])
def test_the_holder_changes_the_pin_in_any_session(p11: Module, slot: int, writable: bool, logged_in: bool) -> None:
    session = p11.open(slot, rw=writable)
    if logged_in:
        assert p11.login(session, PIN) == CKR.OK
    assert p11.C_SetPIN(session, PIN, len(PIN), NEW_PIN, len(NEW_PIN)) == CKR.OK
    if logged_in:
        p11.ok("C_Logout", session)
    assert p11.login(session, PIN) == CKR.PIN_INCORRECT
    assert p11.login(session, NEW_PIN) == CKR.OK


def test_changing_the_pin_with_a_wrong_one_costs_a_try(p11: Module, rw: int, rig: Rig) -> None:
    assert p11.C_SetPIN(rw, WRONG_PIN, 4, NEW_PIN, 4) == CKR.PIN_INCORRECT
    assert rig.pin_tries == 2
    assert p11.login(rw, PIN) == CKR.OK


@pytest.mark.parametrize("new", [b"", b"123", b"12345"], ids=lambda pin: f"{len(pin)} digits")
def test_a_new_pin_of_wrong_length_is_refused_by_the_module(p11: Module, rw: int, rig: Rig, new: bytes) -> None:
    p11.find(rw)
    rig.clear_log()
    assert p11.C_SetPIN(rw, PIN, len(PIN), new, len(new)) == CKR.PIN_LEN_RANGE
    assert rig.apdu_count() == 0
    assert p11.login(rw, PIN) == CKR.OK


def test_changing_the_pin_needs_both_pins(p11: Module, rw: int, rig: Rig) -> None:
    assert p11.C_SetPIN(rw, None, 0, NEW_PIN, 4) == CKR.ARGUMENTS_BAD
    assert p11.C_SetPIN(rw, PIN, 4, None, 0) == CKR.ARGUMENTS_BAD
    assert rig.pin_tries == 3


def test_a_blocked_pin_cannot_be_changed(p11: Module, rw: int) -> None:
    block_the_pin(p11, rw)
    assert p11.C_SetPIN(rw, PIN, 4, NEW_PIN, 4) == CKR.PIN_LOCKED


# --- the security officer unblocks


def test_the_security_officer_needs_a_slot_without_read_only_sessions(
    p11: Module, slot: int, rw: int, rig: Rig
) -> None:
    reader = p11.open(slot)
    assert p11.login(rw, PUK, CKU.SO) == CKR.SESSION_READ_ONLY_EXISTS
    assert p11.login(reader, PUK, CKU.SO) == CKR.SESSION_READ_ONLY_EXISTS
    assert p11.login(reader, WRONG_PUK, CKU.SO) == CKR.SESSION_READ_ONLY_EXISTS
    assert rig.puk_tries == 10


def test_no_read_only_session_opens_beside_the_security_officer(p11: Module, slot: int, rw: int) -> None:
    assert p11.login(rw, PUK, CKU.SO) == CKR.OK
    assert p11.state(rw) == CKS.RW_SO_FUNCTIONS
    handle = ctypes.c_ulong()
    read_only = p11.C_OpenSession(slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(handle))
    assert read_only == CKR.SESSION_READ_WRITE_SO_EXISTS
    assert p11.state(p11.open(slot, rw=True)) == CKS.RW_SO_FUNCTIONS


def test_the_security_officer_sees_public_objects_only(p11: Module, rw: int) -> None:
    public = p11.find(rw)
    assert p11.login(rw, PUK, CKU.SO) == CKR.OK
    assert p11.find(rw) == public


def test_holder_and_security_officer_exclude_each_other(p11: Module, rw: int) -> None:
    assert p11.login(rw, PUK, CKU.SO) == CKR.OK
    assert p11.login(rw, PIN) == CKR.USER_ANOTHER_ALREADY_LOGGED_IN
    p11.ok("C_Logout", rw)
    assert p11.login(rw, PIN) == CKR.OK
    assert p11.login(rw, PUK, CKU.SO) == CKR.USER_ANOTHER_ALREADY_LOGGED_IN


def test_a_wrong_puk_costs_one_of_ten_tries(p11: Module, rw: int, rig: Rig) -> None:
    assert p11.login(rw, WRONG_PUK, CKU.SO) == CKR.PIN_INCORRECT
    assert rig.puk_tries == 9
    assert rig.pin_tries == 3
    assert p11.state(rw) == CKS.RW_PUBLIC_SESSION


@pytest.mark.parametrize("puk", [b"", b"1234", b"1234567", b"123456789"], ids=lambda puk: f"{len(puk)} digits")
def test_a_puk_of_wrong_length_never_reaches_the_card(p11: Module, rw: int, rig: Rig, puk: bytes) -> None:
    p11.find(rw)
    rig.clear_log()
    assert p11.login(rw, puk, CKU.SO) == CKR.PIN_INCORRECT
    assert rig.apdu_count() == 0
    assert rig.puk_tries == 10


def test_the_security_officer_gives_a_new_pin_to_a_blocked_card(p11: Module, slot: int, rw: int, rig: Rig) -> None:
    block_the_pin(p11, rw)
    assert p11.login(rw, PUK, CKU.SO) == CKR.OK
    assert p11.C_InitPIN(rw, NEW_PIN, len(NEW_PIN)) == CKR.OK
    p11.ok("C_Logout", rw)
    assert rig.pin_tries == 3
    assert user_pin_flags(p11, slot) == 0
    assert p11.login(rw, PIN) == CKR.PIN_INCORRECT
    assert p11.login(rw, NEW_PIN) == CKR.OK


def test_a_new_pin_without_the_security_officer_is_refused(p11: Module, slot: int, rw: int, rig: Rig) -> None:
    assert p11.C_InitPIN(rw, NEW_PIN, 4) == CKR.USER_NOT_LOGGED_IN
    assert p11.login(rw, PIN) == CKR.OK
    assert p11.C_InitPIN(rw, NEW_PIN, 4) == CKR.USER_NOT_LOGGED_IN


@pytest.mark.parametrize("new", [b"", b"123", b"12345"], ids=lambda pin: f"{len(pin)} digits")
def test_the_security_officer_cannot_set_a_pin_of_wrong_length(p11: Module, rw: int, rig: Rig, new: bytes) -> None:
    assert p11.login(rw, PUK, CKU.SO) == CKR.OK
    rig.clear_log()
    assert p11.C_InitPIN(rw, new, len(new)) == CKR.PIN_LEN_RANGE
    assert rig.apdu_count() == 0


def test_the_security_officer_must_give_a_pin(p11: Module, rw: int) -> None:
    assert p11.login(rw, PUK, CKU.SO) == CKR.OK
    assert p11.C_InitPIN(rw, None, 0) == CKR.ARGUMENTS_BAD


def test_a_token_is_not_for_an_application_to_initialise(p11: Module, slot: int, session: int) -> None:
    label = b" " * 32
    assert p11.C_InitToken(slot, PUK, len(PUK), label) == CKR.SESSION_EXISTS
    p11.ok("C_CloseAllSessions", slot)
    assert p11.C_InitToken(slot, PUK, len(PUK), label) == CKR.FUNCTION_NOT_SUPPORTED
