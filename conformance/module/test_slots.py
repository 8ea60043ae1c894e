"""What the module says of itself, of readers, of cards and of their mechanisms.

PKCS #11 Specification 3.1, clauses 5.4 and 5.5; card specification 5.1 and 5.2.
"""

import ctypes

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.client import Module, blank_padded
from conformance.testbed.cryptoki import (
    CKF,
    CKM,
    CKR,
    UNAVAILABLE,
    Info,
    MechanismFlag,
    MechanismInfo,
    SlotFlag,
    TokenFlag,
    TokenInfo,
)
from conformance.testbed.mechanism_recipes import HASHES, recipes_of
from conformance.testbed.rig import Rig

DIGESTS = {words.mechanism for words in HASHES}
DECRYPTION = {"cps3": {CKM.RSA_PKCS}, "cps4": {CKM.RSA_PKCS, CKM.RSA_X_509, CKM.RSA_PKCS_OAEP}}

NOBODYS_SLOT = 99


# --- the library


def test_the_library_introduces_itself(p11: Module) -> None:
    info = Info()
    p11.ok("C_GetInfo", ctypes.byref(info))
    assert (info.cryptokiVersion.major, info.cryptokiVersion.minor) >= (2, 20)
    assert blank_padded(info.manufacturerID)
    assert blank_padded(info.libraryDescription)
    assert info.flags == 0
    assert p11.C_GetInfo(None) == CKR.ARGUMENTS_BAD


# --- slots


def test_a_reader_is_a_slot(p11: Module, slot: int, rig: Rig) -> None:
    info = p11.slot_info(slot)
    assert blank_padded(info.slotDescription) == rig.reader
    blank_padded(info.manufacturerID)
    assert info.flags == SlotFlag.TOKEN_PRESENT | SlotFlag.REMOVABLE_DEVICE | SlotFlag.HW_SLOT


def test_slots_keep_their_number_and_cost_no_command(p11: Module, slot: int, rig: Rig) -> None:
    rig.clear_log()
    for _ in range(10):
        assert p11.slots(token_present=True) == [slot]
        assert slot in p11.slots(token_present=False)
        p11.slot_info(slot)
    assert rig.apdu_count() == 0


def test_a_card_that_is_no_cps_is_sent_nothing_and_makes_way_for_one(
    p11: Module, slot: int, card: Card, rig: Rig
) -> None:
    rig.insert("foreign")
    try:
        rig.clear_log()
        assert p11.slots(token_present=True) == []
        assert not p11.slot_info(slot).flags & SlotFlag.TOKEN_PRESENT
        assert p11.C_GetTokenInfo(slot, ctypes.byref(TokenInfo())) == CKR.TOKEN_NOT_RECOGNIZED
        assert p11.C_OpenSession(slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(ctypes.c_ulong())) == (
            CKR.TOKEN_NOT_RECOGNIZED
        )
        assert rig.apdu_count() == 0
    finally:
        rig.insert(card.name)
    assert blank_padded(p11.token_info(slot).label).startswith(card.generation)


def test_a_slot_list_too_short_is_filled_with_nothing(p11: Module) -> None:
    room, count = (ctypes.c_ulong * 1)(0xEE), ctypes.c_ulong(0)
    assert p11.C_GetSlotList(1, room, ctypes.byref(count)) == CKR.BUFFER_TOO_SMALL
    assert room[0] == 0xEE
    assert p11.C_GetSlotList(1, None, None) == CKR.ARGUMENTS_BAD


def test_slots_that_do_not_exist_are_refused(p11: Module) -> None:
    room, handle = ctypes.create_string_buffer(256), ctypes.c_ulong()
    for slot in (NOBODYS_SLOT, 999_999_999, UNAVAILABLE):
        assert p11.C_GetSlotInfo(slot, room) == CKR.SLOT_ID_INVALID
        assert p11.C_GetTokenInfo(slot, room) == CKR.SLOT_ID_INVALID
        assert p11.C_GetMechanismList(slot, None, ctypes.byref(handle)) == CKR.SLOT_ID_INVALID
        assert p11.C_GetMechanismInfo(slot, CKM.RSA_PKCS, room) == CKR.SLOT_ID_INVALID
        assert p11.C_CloseAllSessions(slot) == CKR.SLOT_ID_INVALID
        opened = p11.C_OpenSession(slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(handle))
        assert opened == CKR.SLOT_ID_INVALID


def test_nothing_happened_since_the_start(p11: Module) -> None:
    where = ctypes.c_ulong(NOBODYS_SLOT)
    assert p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None) == CKR.NO_EVENT
    assert where.value == NOBODYS_SLOT


def test_insertion_and_removal_are_events(p11: Module, slot: int, rig: Rig, card: Card) -> None:
    where = ctypes.c_ulong(NOBODYS_SLOT)
    rig.remove()
    assert p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None) == CKR.OK
    assert where.value == slot
    assert p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None) == CKR.NO_EVENT
    rig.insert(card.name)
    assert p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None) == CKR.OK
    assert p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None) == CKR.NO_EVENT


# --- tokens


def test_a_card_is_a_token_ready_for_its_holder(p11: Module, slot: int, card: Card) -> None:
    info = p11.token_info(slot)
    assert card.generation in blank_padded(info.label), "applications distinguish the generations by the label"
    assert blank_padded(info.manufacturerID)
    assert blank_padded(info.model) == "IAS ECC"
    serial = blank_padded(info.serialNumber)
    assert len(serial) == 8
    assert serial.isdigit()
    assert (info.ulMinPinLen, info.ulMaxPinLen) == (4, 4)
    ready = TokenFlag.RNG | TokenFlag.LOGIN_REQUIRED | TokenFlag.USER_PIN_INITIALIZED | TokenFlag.TOKEN_INITIALIZED
    assert info.flags & ~TokenFlag.WRITE_PROTECTED == ready
    assert info.ulTotalPublicMemory == UNAVAILABLE
    assert info.ulFreePrivateMemory == UNAVAILABLE


# --- mechanisms


def test_the_mechanism_list_says_what_this_card_can_do(p11: Module, slot: int, card: Card) -> None:
    listed = p11.mechanisms(slot)
    signing = {recipe.kind for recipe in recipes_of(card)}
    assert len(set(listed)) == len(listed)
    assert {kind for kind in listed if has(p11, slot, kind, MechanismFlag.DIGEST)} == DIGESTS
    assert {kind for kind in listed if has(p11, slot, kind, MechanismFlag.SIGN)} == signing
    assert {kind for kind in listed if has(p11, slot, kind, MechanismFlag.DECRYPT)} == DECRYPTION[card.name]


def has(p11: Module, slot: int, kind: int, flag: MechanismFlag) -> bool:
    return bool(p11.mechanism_info(slot, kind).flags & flag)


def test_a_mechanism_is_described_as_the_card_limits_it(p11: Module, slot: int) -> None:
    for kind in p11.mechanisms(slot):
        info = p11.mechanism_info(slot, kind)
        if info.flags & MechanismFlag.DIGEST:
            assert (info.ulMinKeySize, info.ulMaxKeySize) == (0, 0)
        else:
            assert info.ulMaxKeySize == 2048
        assert not info.flags & (MechanismFlag.WRAP | MechanismFlag.UNWRAP)


def test_what_is_signed_can_be_verified(p11: Module, slot: int) -> None:
    for kind in p11.mechanisms(slot):
        if has(p11, slot, kind, MechanismFlag.SIGN):
            assert has(p11, slot, kind, MechanismFlag.VERIFY)


def test_a_mechanism_list_too_short_keeps_its_length(p11: Module, slot: int) -> None:
    room, count = (ctypes.c_ulong * 1)(0xEE), ctypes.c_ulong(1)
    assert p11.C_GetMechanismList(slot, room, ctypes.byref(count)) == CKR.BUFFER_TOO_SMALL
    assert room[0] == 0xEE
    assert count.value == len(p11.mechanisms(slot))


@pytest.mark.parametrize("kind", [CKM.RSA_PKCS_KEY_PAIR_GEN, CKM.AES_KEY_GEN, CKM.MD5, 0x8000_1234])
def test_a_mechanism_that_is_not_listed_has_no_description(p11: Module, slot: int, kind: int) -> None:
    assert kind not in p11.mechanisms(slot)
    assert p11.C_GetMechanismInfo(slot, kind, ctypes.byref(MechanismInfo())) == CKR.MECHANISM_INVALID


# --- sessions


def test_a_session_must_be_serial(p11: Module, slot: int) -> None:
    handle = ctypes.c_ulong()
    opened = p11.C_OpenSession(slot, CKF.RW_SESSION, None, None, ctypes.byref(handle))
    assert opened == CKR.SESSION_PARALLEL_NOT_SUPPORTED
    assert p11.C_OpenSession(slot, CKF.SERIAL_SESSION, None, None, None) == CKR.ARGUMENTS_BAD
    unknown_flag = CKF.SERIAL_SESSION | 0x100
    assert p11.C_OpenSession(slot, unknown_flag, None, None, ctypes.byref(handle)) == CKR.ARGUMENTS_BAD


def test_a_writable_session_is_accepted(p11: Module, slot: int) -> None:
    """Half of the clients insist on one, even to read."""
    session = p11.open(slot, rw=True)
    info = p11.session_info(session)
    assert info.slotID == slot
    assert info.flags == CKF.SERIAL_SESSION | CKF.RW_SESSION
    assert info.ulDeviceError == 0


def test_a_closed_session_is_gone(p11: Module, slot: int) -> None:
    first, second = p11.open(slot), p11.open(slot)
    assert p11.C_CloseSession(first) == CKR.OK
    assert p11.C_CloseSession(first) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_CloseAllSessions(slot) == CKR.OK
    assert p11.C_CloseSession(second) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_CloseAllSessions(slot) == CKR.OK


def test_a_thousand_sessions_are_no_burden(p11: Module, slot: int, rig: Rig) -> None:
    p11.open(slot)
    rig.clear_log()
    handles = [p11.open(slot) for _ in range(1000)]
    assert len(set(handles)) == 1000
    assert rig.apdu_count() == 0
    assert p11.C_CloseAllSessions(slot) == CKR.OK
    assert p11.C_CloseSession(handles[500]) == CKR.SESSION_HANDLE_INVALID


def test_states_cannot_be_saved(p11: Module, session: int) -> None:
    length = ctypes.c_ulong()
    assert p11.C_GetOperationState(session, None, ctypes.byref(length)) == CKR.FUNCTION_NOT_SUPPORTED
    assert p11.C_SetOperationState(session, None, 0, 0, 0) == CKR.FUNCTION_NOT_SUPPORTED
