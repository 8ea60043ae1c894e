"""Searches: what finds which object, in which order, and which searches reach no card.

PKCS #11 Specification 3.1, clause 5.7.
"""

import ctypes

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.client import Module, empty_template
from conformance.testbed.cryptoki import CKA, CKO, CKR
from conformance.testbed.rig import Rig

CLASSES_THE_TOKEN_NEVER_HOLDS = [
    CKO.SECRET_KEY,
    CKO.HW_FEATURE,
    CKO.DOMAIN_PARAMETERS,
    CKO.MECHANISM,
    CKO.OTP_KEY,
    CKO.PROFILE,
    CKO.NSS_CRL,
    CKO.NSS_SMIME,
    CKO.NSS_TRUST,
    CKO.NSS_BUILTIN_ROOT_LIST,
]


def test_every_attribute_finds_its_object(p11: Module, user: int) -> None:
    searchable = (
        CKA.CLASS, CKA.TOKEN, CKA.PRIVATE, CKA.MODIFIABLE, CKA.LABEL, CKA.ID, CKA.SUBJECT, CKA.ISSUER,
        CKA.SERIAL_NUMBER, CKA.CERTIFICATE_TYPE, CKA.KEY_TYPE, CKA.MODULUS, CKA.PUBLIC_EXPONENT, CKA.APPLICATION,
        CKA.SIGN, CKA.DECRYPT, CKA.VERIFY, CKA.ENCRYPT,
    )  # fmt: skip
    for handle in p11.find(user):
        for kind in searchable:
            asked = empty_template([kind])
            if p11.C_GetAttributeValue(user, handle, asked, 1) == CKR.OK:
                value = p11.attribute(user, handle, kind)
                assert handle in p11.find(user, (kind, value)), f"{p11.label(user, handle)} by {kind.name}"


def test_a_certificate_is_found_by_its_value_alone(p11: Module, session: int, card: Card) -> None:
    for names in card.keys:
        handle = p11.one(session, (CKA.VALUE, card.issued(names)))
        assert p11.label(session, handle) == names.certificate


def test_a_certificate_comes_first_when_its_subject_alone_is_asked_for(p11: Module, user: int) -> None:
    for certificate in p11.find(user, (CKA.CLASS, CKO.CERTIFICATE)):
        first, *_ = p11.find(user, (CKA.SUBJECT, p11.attribute(user, certificate, CKA.SUBJECT)))
        assert p11.attribute(user, first, CKA.CLASS) == bytes([CKO.CERTIFICATE]) + bytes(7)


def test_a_certificate_is_found_by_issuer_and_serial_number(p11: Module, session: int, card: Card) -> None:
    for names in card.keys:
        issued = card.certificate(names)
        serial = issued.serial_number.to_bytes(issued.serial_number.bit_length() // 8 + 1, "big")
        wanted = ((CKA.ISSUER, issued.issuer.public_bytes()), (CKA.SERIAL_NUMBER, serial))
        assert p11.label(session, p11.one(session, *wanted)) == names.certificate


@pytest.mark.parametrize(
    "wanted",
    [
        ((CKA.LABEL, "CPS_PRIV"),),
        ((CKA.LABEL, "cps_data"),),
        ((CKA.LABEL, "CPS_DATA\0"),),
        ((CKA.LABEL, ""),),
        ((CKA.CLASS, CKO.DATA), (CKA.ID, b"\x01")),
        ((0x8000_1234, b"x"),),
    ],
    ids=["part of a label", "other case", "trailing NUL", "empty label", "attribute of another class", "unknown"],
)
def test_a_search_matches_exactly_or_not_at_all(p11: Module, user: int, wanted: tuple[tuple[int, object], ...]) -> None:
    assert p11.find(user, *wanted) == []


@pytest.mark.parametrize("missing", CLASSES_THE_TOKEN_NEVER_HOLDS, ids=lambda missing: missing.name)
def test_classes_that_a_card_cannot_hold_cost_no_command(loaded: Module, card: Card, rig: Rig, missing: CKO) -> None:
    """Browsers make hundreds of such searches, before anything else is known of the card."""
    loaded.ok("C_Initialize", None)
    try:
        (slot,) = loaded.slots()
        session = loaded.open(slot)
        rig.clear_log()
        assert loaded.find(session, (CKA.CLASS, missing), (CKA.TOKEN, True)) == []
        assert rig.apdu_count() == 0
    finally:
        loaded.C_Finalize(None)


def test_found_objects_are_handed_over_in_portions(p11: Module, user: int) -> None:
    everything = p11.find(user)
    p11.ok("C_FindObjectsInit", user, None, 0)
    portions: list[int] = []
    while True:
        found, count = (ctypes.c_ulong * 4)(), ctypes.c_ulong()
        p11.ok("C_FindObjects", user, found, 4, ctypes.byref(count))
        if count.value == 0:
            break
        portions += found[: count.value]
    p11.ok("C_FindObjectsFinal", user)
    assert portions == everything


def test_a_search_has_a_beginning_and_an_end(p11: Module, session: int, slot: int) -> None:
    found, count = (ctypes.c_ulong * 1)(), ctypes.c_ulong(77)
    assert p11.C_FindObjects(session, found, 1, ctypes.byref(count)) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_FindObjectsFinal(session) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_FindObjectsInit(session, None, 0) == CKR.OK
    assert p11.C_FindObjectsInit(session, None, 0) == CKR.OPERATION_ACTIVE
    assert p11.C_FindObjects(999, found, 1, ctypes.byref(count)) == CKR.SESSION_HANDLE_INVALID
    assert count.value == 77
    assert p11.find(p11.open(slot)), "a search in one session leaves the other sessions free"
    assert p11.C_FindObjectsFinal(session) == CKR.OK
