"""No status word of the card but success may ever read as success, and each has its one return value.

ISO/IEC 7816-4, clause 5.6; card specification 5.7. The original takes most errors of a CPS4 at VERIFY for success, 63Cx
of any command for a wrong code, and what it does not know for CKR_GENERAL_ERROR, which says that the module is broken.
"""

import ctypes
from collections.abc import Callable

import pytest

from conformance.testbed.cards import PIN, PUK, Card
from conformance.testbed.client import Module, empty_template
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, CKS, CKU
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.testbed.rig import Rig

NEW_PIN = b"4321"

SECOND_BYTES = (*range(0x10), 0x42, 0x7F, *range(0x80, 0x8A), *range(0xC0, 0xCB), 0xFF)
ERRORS = [first << 8 | second for first in (*range(0x62, 0x6C), *range(0x6D, 0x70)) for second in SECOND_BYTES]
"""Every first byte of an error or warning; 61xx and 6Cxx are no errors but ask for another command."""

DATA_INVALID = {0x6987, 0x6988, 0x6A00, 0x6A80, 0x6A86, 0x6B00}
REFUSED_BY_STATE = {0x6900, 0x6984, 0x6985, 0x6986}


def pin_answer(sw: int, card: Card) -> CKR:
    """The expected result of a PIN command after this answer of the card."""
    if sw in (0x6300, 0x63C0):
        return card.third_wrong_code
    if sw & 0xFFF0 == 0x63C0:
        return CKR.PIN_INCORRECT
    if sw in REFUSED_BY_STATE or sw == 0x6983:
        return CKR.PIN_LOCKED
    return common_answer(sw)


def key_answer(sw: int) -> CKR:
    """The expected result of a private key command after this answer of the card."""
    if sw in REFUSED_BY_STATE:
        return CKR.KEY_TYPE_INCONSISTENT
    if sw == 0x6983:
        return CKR.PIN_LOCKED
    return common_answer(sw)


def common_answer(sw: int) -> CKR:
    if sw == 0x6700:
        return CKR.DATA_LEN_RANGE
    if sw == 0x6982:
        return CKR.USER_NOT_LOGGED_IN
    if sw in DATA_INVALID:
        return CKR.DATA_INVALID
    return CKR.DEVICE_ERROR


def answers(rig: Rig, ins: str, attempt: Callable[[], CKR]) -> dict[str, str]:
    """The result for each error that the card answers to this instruction without executing it."""
    found = {}
    for sw in ERRORS:
        rig.fault(f"ins={ins} times=all do=sw sw={sw:04X}")
        found[f"{sw:04X}"] = attempt().name
        rig.clear_faults()
    return found


def test_no_error_of_verify_lets_the_holder_in(p11: Module, session: int, rig: Rig, card: Card) -> None:
    p11.find(session)

    def attempt() -> CKR:
        rv = p11.login(session, PIN)
        assert p11.state(session) == CKS.RO_PUBLIC_SESSION
        return rv

    assert answers(rig, "20", attempt) == {f"{sw:04X}": pin_answer(sw, card).name for sw in ERRORS}
    assert rig.pin_tries == 3
    assert p11.login(session, PIN) == CKR.OK


def test_no_error_of_verify_lets_the_security_officer_in(p11: Module, slot: int, rig: Rig, card: Card) -> None:
    session = p11.open(slot, rw=True)
    p11.find(session)

    def attempt() -> CKR:
        rv = p11.login(session, PUK, CKU.SO)
        assert p11.state(session) == CKS.RW_PUBLIC_SESSION
        return rv

    assert answers(rig, "20", attempt) == {f"{sw:04X}": pin_answer(sw, card).name for sw in ERRORS}
    assert rig.puk_tries == 10
    assert p11.login(session, PUK, CKU.SO) == CKR.OK


def test_no_error_of_change_reference_data_passes_for_a_changed_pin(
    p11: Module, slot: int, rig: Rig, card: Card
) -> None:
    session = p11.open(slot, rw=True)
    p11.find(session)
    found = answers(rig, "24", lambda: p11.C_SetPIN(session, PIN, 4, NEW_PIN, 4))
    assert found == {f"{sw:04X}": pin_answer(sw, card).name for sw in ERRORS}
    assert p11.login(session, PIN) == CKR.OK


def test_no_error_of_verify_passes_for_a_changed_pin(p11: Module, slot: int, rig: Rig, card: Card) -> None:
    """One card checks the old PIN with a command of its own, another does both in one."""
    session = p11.open(slot, rw=True)
    p11.find(session)
    rig.clear_log()
    p11.ok("C_SetPIN", session, PIN, 4, PIN, 4)
    if [exchange.command[1] for exchange in rig.log()] == [0x24]:
        assert card.changes_pin_in_one_command
        return
    found = answers(rig, "20", lambda: p11.C_SetPIN(session, PIN, 4, NEW_PIN, 4))
    assert found == {f"{sw:04X}": pin_answer(sw, card).name for sw in ERRORS}
    assert p11.login(session, PIN) == CKR.OK


def test_no_error_of_reset_retry_counter_passes_for_a_new_pin(p11: Module, slot: int, rig: Rig, card: Card) -> None:
    session = p11.open(slot, rw=True)
    p11.find(session)

    def attempt() -> CKR:
        if p11.state(session) == CKS.RW_PUBLIC_SESSION:
            p11.ok("C_Login", session, CKU.SO, PUK, len(PUK))
        return p11.C_InitPIN(session, NEW_PIN, 4)

    assert answers(rig, "2C", attempt) == {f"{sw:04X}": pin_answer(sw, card).name for sw in ERRORS}
    p11.C_Logout(session)
    assert p11.login(session, PIN) == CKR.OK


@pytest.mark.parametrize("ins", ["22", "2A"], ids=["MANAGE SECURITY ENVIRONMENT", "PERFORM SECURITY OPERATION"])
def test_no_error_while_signing_passes_for_a_signature(p11: Module, slot: int, rig: Rig, card: Card, ins: str) -> None:
    session = p11.open(slot)
    p11.ok("C_Login", session, CKU.USER, PIN, len(PIN))
    key = p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, card.signature.private))
    how = RECIPES[CKM.SHA256_RSA_PKCS].mechanism()

    def attempt() -> CKR:
        if p11.state(session) == CKS.RO_PUBLIC_SESSION:
            p11.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        p11.ok("C_SignInit", session, ctypes.byref(how), key)
        signature, length = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
        rv = p11.C_Sign(session, b"message", 7, signature, ctypes.byref(length))
        assert bytes(signature) == bytes(256)
        return rv

    assert answers(rig, ins, attempt) == {f"{sw:04X}": key_answer(sw).name for sw in ERRORS}


def test_a_file_that_may_not_be_read_is_not_shown_as_empty(p11: Module, user: int, rig: Rig, card: Card) -> None:
    """Values of protected data are read when they are asked for, and their errors are returned."""
    data = p11.one(user, (CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_ACTIVITY_01_PS"))
    rig.fault("ins=B0 times=all do=sw sw=6982")
    buffer = ctypes.create_string_buffer(4096)
    asked = empty_template([CKA.VALUE])
    asked[0].pValue, asked[0].ulValueLen = ctypes.cast(buffer, ctypes.c_void_p), len(buffer)
    assert p11.C_GetAttributeValue(user, data, asked, 1) == CKR.USER_NOT_LOGGED_IN
    assert bytes(buffer) == bytes(4096)
