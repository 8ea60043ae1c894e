"""What the token holds: who sees which object, every attribute's value, sizes and errors.

PKCS #11 Specification 3.1, clauses 4 and 5.7; card specification 5.3 with its corrections of 5.9.
"""

import ctypes

import pytest
from cryptography.hazmat.primitives import serialization

from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module, empty_template, template
from conformance.testbed.cryptoki import CKA, CKC_X_509, CKK_RSA, CKO, CKR, UNAVAILABLE
from conformance.testbed.rig import Rig

ROLES = ["signature", "authentication"]

PRIVATE_KEY_SECRETS = [
    CKA.PRIVATE_EXPONENT,
    CKA.PRIME_1,
    CKA.PRIME_2,
    CKA.EXPONENT_1,
    CKA.EXPONENT_2,
    CKA.COEFFICIENT,
]


def labels(p11: Module, session: int, *wanted: tuple[int, object]) -> set[str]:
    return {p11.label(session, handle) for handle in p11.find(session, *wanted)}


def flag(p11: Module, session: int, handle: int, kind: int) -> bool:
    value = p11.attribute(session, handle, kind)
    assert value in (b"\x00", b"\x01"), f"{kind!r} is no CK_BBOOL: {value!r}"
    return value == b"\x01"


def private_handles(p11: Module, session: int) -> list[int]:
    """Handles of the private objects, learnt while logged in; nobody is logged in afterwards."""
    p11.ok("C_Login", session, 1, PIN, len(PIN))
    handles = p11.find(session, (CKA.PRIVATE, True))
    p11.ok("C_Logout", session)
    assert handles
    return handles


# --- who sees what


def test_public_objects_are_listed_before_login(p11: Module, session: int, card: Card) -> None:
    public_keys = {keys.public for keys in card.keys}
    certificates = {keys.certificate for keys in card.keys}
    assert labels(p11, session) == public_keys | certificates | card.public_data
    assert labels(p11, session, (CKA.PRIVATE, True)) == set()


def test_everything_is_listed_once_logged_in(p11: Module, user: int, card: Card) -> None:
    private_keys = {keys.private for keys in card.keys}
    assert labels(p11, user, (CKA.PRIVATE, True)) == private_keys | card.private_data
    assert labels(p11, user, (CKA.CLASS, CKO.PRIVATE_KEY)) == private_keys


def test_handles_mean_the_same_object_in_every_session(p11: Module, slot: int, user: int) -> None:
    other = p11.open(slot, rw=True)
    handles = p11.find(user)
    assert p11.find(other) == handles
    assert [p11.label(other, handle) for handle in handles] == [p11.label(user, handle) for handle in handles]


def test_a_handle_outlives_the_search_and_the_session_that_found_it(p11: Module, slot: int, session: int) -> None:
    (first, *_) = p11.find(session)
    label = p11.label(session, first)
    other = p11.open(slot)
    p11.ok("C_CloseSession", session)
    assert p11.label(other, first) == label


def test_private_objects_stay_hidden_from_a_guessed_handle(p11: Module, session: int) -> None:
    """The original gives the attributes of a private object to whoever guesses its handle."""
    for handle in private_handles(p11, session):
        for kind in (CKA.CLASS, CKA.LABEL, CKA.VALUE, CKA.ID):
            asked = empty_template([kind])
            assert p11.C_GetAttributeValue(session, handle, asked, 1) == CKR.OBJECT_HANDLE_INVALID


def test_no_handle_at_all_shows_a_private_object_before_login(p11: Module, session: int) -> None:
    shown = set()
    for handle in range(200):
        asked = empty_template([CKA.PRIVATE])
        value = ctypes.c_ubyte(0xEE)
        asked[0].pValue, asked[0].ulValueLen = ctypes.cast(ctypes.pointer(value), ctypes.c_void_p), 1
        rv = p11.C_GetAttributeValue(session, handle, asked, 1)
        assert rv in (CKR.OK, CKR.OBJECT_HANDLE_INVALID)
        if rv == CKR.OK:
            shown.add(value.value)
    assert shown == {0}


@pytest.mark.parametrize("handle", [0, 9999, UNAVAILABLE, 0x7FFF_FFFF])
def test_an_unknown_handle_is_invalid(p11: Module, session: int, handle: int) -> None:
    asked = empty_template([CKA.CLASS])
    assert p11.C_GetAttributeValue(session, handle, asked, 1) == CKR.OBJECT_HANDLE_INVALID


# --- certificates


@pytest.mark.parametrize("role", ROLES)
def test_a_certificate_has_the_attributes_that_stand_in_it(p11: Module, session: int, card: Card, role: str) -> None:
    names, issued = card.keys_of(role), card.certificate(card.keys_of(role))
    handle = p11.one(session, (CKA.CLASS, CKO.CERTIFICATE), (CKA.LABEL, names.certificate))
    assert p11.number(session, handle, CKA.CERTIFICATE_TYPE) == CKC_X_509
    assert p11.attribute(session, handle, CKA.VALUE) == card.issued(names)
    assert p11.attribute(session, handle, CKA.ID) == names.id
    assert p11.attribute(session, handle, CKA.SUBJECT) == issued.subject.public_bytes()
    assert p11.attribute(session, handle, CKA.ISSUER) == issued.issuer.public_bytes()
    serial = p11.attribute(session, handle, CKA.SERIAL_NUMBER)
    assert int.from_bytes(serial, "big", signed=True) == issued.serial_number
    assert flag(p11, session, handle, CKA.TOKEN)
    assert not flag(p11, session, handle, CKA.PRIVATE)
    assert not flag(p11, session, handle, CKA.MODIFIABLE)


# --- keys


@pytest.mark.parametrize("role", ROLES)
def test_a_public_key_is_the_one_of_the_certificate(p11: Module, session: int, card: Card, role: str) -> None:
    names = card.keys_of(role)
    key = card.public_key(names)
    handle = p11.one(session, (CKA.CLASS, CKO.PUBLIC_KEY), (CKA.ID, names.id))
    numbers = key.public_numbers()
    assert p11.label(session, handle) == names.public
    assert p11.number(session, handle, CKA.KEY_TYPE) == CKK_RSA
    assert p11.number(session, handle, CKA.MODULUS_BITS) == 2048
    assert p11.attribute(session, handle, CKA.MODULUS) == numbers.n.to_bytes(256, "big")
    assert int.from_bytes(p11.attribute(session, handle, CKA.PUBLIC_EXPONENT), "big") == numbers.e
    rsa_public_key = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    assert p11.attribute(session, handle, CKA.VALUE) == rsa_public_key
    assert flag(p11, session, handle, CKA.TOKEN)
    assert not flag(p11, session, handle, CKA.PRIVATE)
    assert not flag(p11, session, handle, CKA.MODIFIABLE)
    assert flag(p11, session, handle, CKA.VERIFY)
    assert not flag(p11, session, handle, CKA.WRAP)
    assert not flag(p11, session, handle, CKA.DERIVE)


def test_no_text_ends_with_a_nul(p11: Module, user: int) -> None:
    """The original counts a NUL into the label of a CPS3's public keys."""
    for handle in p11.find(user):
        assert b"\0" not in p11.attribute(user, handle, CKA.LABEL)


@pytest.mark.parametrize("role", ROLES)
def test_a_private_key_shows_all_but_its_secret(p11: Module, user: int, card: Card, role: str) -> None:
    names = card.keys_of(role)
    numbers = card.public_key(names).public_numbers()
    handle = p11.one(user, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, names.private))
    assert p11.attribute(user, handle, CKA.ID) == names.id
    assert p11.number(user, handle, CKA.KEY_TYPE) == CKK_RSA
    assert p11.attribute(user, handle, CKA.MODULUS) == numbers.n.to_bytes(256, "big")
    assert int.from_bytes(p11.attribute(user, handle, CKA.PUBLIC_EXPONENT), "big") == numbers.e
    assert p11.attribute(user, handle, CKA.SUBJECT) == card.certificate(names).subject.public_bytes()
    assert p11.number(user, handle, CKA.KEY_GEN_MECHANISM) == UNAVAILABLE
    assert p11.attribute(user, handle, CKA.START_DATE) == b""
    assert p11.attribute(user, handle, CKA.END_DATE) == b""
    said = {
        kind: flag(p11, user, handle, kind)
        for kind in (
            CKA.TOKEN, CKA.PRIVATE, CKA.MODIFIABLE, CKA.SENSITIVE, CKA.ALWAYS_SENSITIVE, CKA.EXTRACTABLE,
            CKA.NEVER_EXTRACTABLE, CKA.LOCAL, CKA.DECRYPT, CKA.SIGN, CKA.SIGN_RECOVER, CKA.UNWRAP, CKA.DERIVE,
        )
    }  # fmt: skip
    assert said == {
        CKA.TOKEN: True,
        CKA.PRIVATE: True,
        CKA.MODIFIABLE: False,
        CKA.SENSITIVE: True,
        CKA.ALWAYS_SENSITIVE: True,
        CKA.EXTRACTABLE: False,
        CKA.NEVER_EXTRACTABLE: True,
        CKA.LOCAL: True,
        CKA.DECRYPT: role == "authentication",
        CKA.SIGN: True,
        CKA.SIGN_RECOVER: role == "authentication",
        CKA.UNWRAP: False,
        CKA.DERIVE: False,
    }


@pytest.mark.parametrize("kind", PRIVATE_KEY_SECRETS, ids=lambda kind: kind.name)
def test_the_secret_of_a_private_key_never_leaves_the_card(p11: Module, user: int, kind: CKA) -> None:
    for handle in p11.find(user, (CKA.CLASS, CKO.PRIVATE_KEY)):
        asked = empty_template([kind])
        assert p11.C_GetAttributeValue(user, handle, asked, 1) == CKR.ATTRIBUTE_SENSITIVE
        assert asked[0].ulValueLen == UNAVAILABLE


def test_key_pair_and_certificate_share_their_identifier(p11: Module, user: int, card: Card) -> None:
    for names in card.keys:
        classes = sorted(p11.number(user, handle, CKA.CLASS) for handle in p11.find(user, (CKA.ID, names.id)))
        assert classes == [CKO.CERTIFICATE, CKO.PUBLIC_KEY, CKO.PRIVATE_KEY]


# --- data objects


def test_data_objects_have_application_and_value(p11: Module, user: int, card: Card) -> None:
    for handle in p11.find(user, (CKA.CLASS, CKO.DATA)):
        label = p11.label(user, handle)
        assert p11.attribute(user, handle, CKA.APPLICATION) == b"CPS"
        assert p11.attribute(user, handle, CKA.OBJECT_ID) == b"", "the original gives away 64 bytes of a structure"
        assert flag(p11, user, handle, CKA.PRIVATE) == (label in card.private_data)
        assert flag(p11, user, handle, CKA.MODIFIABLE) == (label == "CPS_DATA")
        assert len(p11.attribute(user, handle, CKA.VALUE)) > 0


def test_public_data_is_readable_without_login(p11: Module, session: int, card: Card) -> None:
    for label in card.public_data:
        handle = p11.one(session, (CKA.CLASS, CKO.DATA), (CKA.LABEL, label))
        assert p11.attribute(session, handle, CKA.VALUE)


def test_public_content_is_read_from_the_card_once(p11: Module, session: int, card: Card, rig: Rig) -> None:
    def read_all() -> list[bytes]:
        found = p11.find(session, (CKA.CLASS, CKO.CERTIFICATE))
        return [p11.attribute(session, handle, CKA.VALUE) for handle in found]

    first = read_all()
    rig.clear_log()
    assert read_all() == first
    assert rig.apdu_count() == 0


# --- C_GetAttributeValue


def test_attribute_lengths_are_given_without_a_buffer(p11: Module, session: int, card: Card) -> None:
    handle = p11.one(session, (CKA.CLASS, CKO.CERTIFICATE), (CKA.LABEL, card.signature.certificate))
    asked = empty_template([CKA.CLASS, CKA.LABEL, CKA.ID, CKA.VALUE])
    assert p11.C_GetAttributeValue(session, handle, asked, 4) == CKR.OK
    sizes = [attribute.ulValueLen for attribute in asked]
    value = card.issued(card.signature)
    assert sizes == [ctypes.sizeof(ctypes.c_ulong), len(card.signature.certificate), 14, len(value)]


def test_a_buffer_too_small_is_left_alone_and_the_others_are_filled(p11: Module, session: int, card: Card) -> None:
    handle = p11.one(session, (CKA.CLASS, CKO.CERTIFICATE), (CKA.LABEL, card.signature.certificate))
    asked = empty_template([CKA.LABEL, CKA.ID, CKA.TRUSTED])
    short, identifier = ctypes.create_string_buffer(b"\xee" * 3, 3), ctypes.create_string_buffer(14)
    asked[0].pValue, asked[0].ulValueLen = ctypes.cast(short, ctypes.c_void_p), 3
    asked[1].pValue, asked[1].ulValueLen = ctypes.cast(identifier, ctypes.c_void_p), 14
    assert p11.C_GetAttributeValue(session, handle, asked, 3) == CKR.BUFFER_TOO_SMALL
    assert asked[0].ulValueLen == UNAVAILABLE
    assert short.raw == b"\xee" * 3
    assert identifier.raw == card.signature.id
    assert asked[2].ulValueLen == 1


def test_an_attribute_the_object_does_not_have_keeps_the_others_working(p11: Module, session: int, card: Card) -> None:
    handle = p11.one(session, (CKA.CLASS, CKO.CERTIFICATE), (CKA.LABEL, card.signature.certificate))
    asked = empty_template([CKA.MODULUS, 0x8000_1234, CKA.ID])
    assert p11.C_GetAttributeValue(session, handle, asked, 3) == CKR.ATTRIBUTE_TYPE_INVALID
    assert [attribute.ulValueLen for attribute in asked] == [UNAVAILABLE, UNAVAILABLE, 14]


def test_a_card_that_fails_ends_the_call_with_its_own_code(p11: Module, user: int, rig: Rig) -> None:
    """An attribute that the object lacks must not hide that the next one could not be read."""
    handle = p11.find(user, (CKA.CLASS, CKO.DATA), (CKA.PRIVATE, True))[0]
    asked = empty_template([CKA.MODULUS, CKA.VALUE, CKA.LABEL])
    rig.fault("ins=B0 times=all do=sw sw=6F00")
    assert p11.C_GetAttributeValue(user, handle, asked, 3) == CKR.DEVICE_ERROR
    assert [attribute.ulValueLen for attribute in asked] == [UNAVAILABLE] * 3


def test_an_empty_template_asks_for_nothing(p11: Module, session: int) -> None:
    (first, *_) = p11.find(session)
    assert p11.C_GetAttributeValue(session, first, template([]), 0) == CKR.OK


def test_a_null_template_is_a_bad_argument(p11: Module, session: int) -> None:
    """The original crashes here."""
    (first, *_) = p11.find(session)
    assert p11.C_GetAttributeValue(session, first, None, 1) == CKR.ARGUMENTS_BAD
    assert p11.C_FindObjectsInit(session, None, 1) == CKR.ARGUMENTS_BAD
    assert p11.C_FindObjectsInit(session, None, 0) == CKR.OK


# --- what cannot be made, changed or taken away


def test_the_token_takes_no_new_objects(p11: Module, slot: int, user: int) -> None:
    session, handle = p11.open(slot, rw=True), ctypes.c_ulong()
    wanted = template([(CKA.CLASS, CKO.DATA)])
    (first, *_) = p11.find(session)
    assert p11.C_CreateObject(session, wanted, 1, ctypes.byref(handle)) == CKR.FUNCTION_NOT_SUPPORTED
    assert p11.C_CopyObject(session, first, None, 0, ctypes.byref(handle)) == CKR.FUNCTION_NOT_SUPPORTED
    assert p11.C_DestroyObject(session, first) == CKR.FUNCTION_NOT_SUPPORTED
    assert p11.C_DestroyObject(session, 999) == CKR.FUNCTION_NOT_SUPPORTED
    assert p11.C_GetObjectSize(session, first, ctypes.byref(handle)) == CKR.FUNCTION_NOT_SUPPORTED
