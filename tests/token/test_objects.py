"""The objects of a token: their order and their attributes."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509

from cryptolib.cryptoki.attributes import boolean, ulong
from cryptolib.cryptoki.constants import (
    CKA_ALLOWED_MECHANISMS,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_ALWAYS_SENSITIVE,
    CKA_CERTIFICATE_TYPE,
    CKA_CHECK_VALUE,
    CKA_CLASS,
    CKA_COEFFICIENT,
    CKA_DECRYPT,
    CKA_ENCRYPT,
    CKA_END_DATE,
    CKA_EXPONENT_1,
    CKA_EXTRACTABLE,
    CKA_HASH_OF_ISSUER_PUBLIC_KEY,
    CKA_ID,
    CKA_ISSUER,
    CKA_KEY_TYPE,
    CKA_LABEL,
    CKA_MODIFIABLE,
    CKA_MODULUS,
    CKA_MODULUS_BITS,
    CKA_PRIME_1,
    CKA_PRIVATE,
    CKA_PRIVATE_EXPONENT,
    CKA_PUBLIC_EXPONENT,
    CKA_SENSITIVE,
    CKA_SERIAL_NUMBER,
    CKA_SIGN,
    CKA_START_DATE,
    CKA_SUBJECT,
    CKA_TOKEN,
    CKA_UNIQUE_ID,
    CKA_VALUE,
    CKA_VERIFY,
    CKC_X_509,
    CKK_RSA,
    CKM_RSA_PKCS,
    CKM_RSA_PKCS_OAEP,
    CKM_SHA512_RSA_PKCS,
    CKO_CERTIFICATE,
    CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
)
from cryptolib.token.token import Token
from tests.support import (
    AUTHENTICATION,
    CARDS,
    SIGNATURE,
    VirtualConnection,
    certificate,
    labelled,
    opened,
    public_key,
)
from tests.token.labels import CERTIFICATES, PRIVATE_KEYS, PUBLIC_KEYS, refused

CASES = [(profile, role) for profile in CARDS for role in (SIGNATURE, AUTHENTICATION)]
FREE = ["CPS_ID_CARD", "CPS_NAME_PS", "CPS_LANG_PS", "CPS_INFO_PS"]
ORDER = {
    "cps3": [
        "CPS_PRIV_SIG",
        "Certificat de Signature CPS",
        "Cle publique - Certificat de Signature CPS",
        "CPS_PRIV_AUT",
        "Certificat d'Authentification CPS",
        "Cle publique - Certificat d'Authentification CPS",
        "CPS_ACTIVITY_01_PS",
        "CPS_ACTIVITY_02_PS",
        "CPS_SIT_FACT",
        "CPS2TER_ACTIVITY_01_PS",
        "CPS2TER_ACTIVITY_02_PS",
        "CPS_DATA",
        *FREE,
    ],
    "cps4": [
        "CPS_PRIV_SIG",
        "Cle publique de Signature CPS",
        "Certificat de Signature CPS",
        "CPS_PRIV_AUT",
        "Cle publique d'Authentification CPS",
        "Certificat d'Authentification CPS",
        "CPS_ACTIVITY_01_PS",
        "CPS_ACTIVITY_03_PS",
        "CPS_SIT_FACT",
        "CPS2TER_ACTIVITY_01_PS",
        "CPS2TER_ACTIVITY_03_PS",
        *FREE,
        "CPS2TER_ATR",
        "CPS2TER_ID",
        "CPS2TER_ICC",
        "CPS2TER_NAME",
        "CPS2TER_LANG",
        "CPS2TER_PSINFO",
        "CPS2TER_DIRAMO",
    ],
}


@pytest.mark.parametrize("profile", CARDS)
def test_handles_follow_the_order_that_applications_know(profile: str) -> None:
    objects = opened(profile)[1].objects()
    assert [item.label for item in objects.values()] == ORDER[profile]
    assert list(objects) == [item.handle for item in objects.values()] == list(range(1, len(objects) + 1))


def test_each_object_says_what_it_is(pair: tuple[VirtualConnection, Token]) -> None:
    for item in pair[1].objects().values():
        assert item.value(CKA_CLASS) == ulong(item.object_class)
        assert item.value(CKA_LABEL) == item.label.encode()
        assert item.value(CKA_TOKEN) == b"\1"
        assert item.value(CKA_PRIVATE) == boolean(item.private)
        hidden = item.object_class == CKO_PRIVATE_KEY or "ACTIVITY" in item.label or "SIT_FACT" in item.label
        assert item.private == hidden
        assert item.value(CKA_MODIFIABLE) == boolean(item.label == "CPS_DATA")
        assert refused(item, CKA_HASH_OF_ISSUER_PUBLIC_KEY) == CKR_ATTRIBUTE_TYPE_INVALID
        assert refused(item, 0x80001234) == CKR_ATTRIBUTE_TYPE_INVALID


@pytest.mark.parametrize(("profile", "role"), CASES)
def test_certificates(profile: str, role: str) -> None:
    item = labelled(opened(profile)[1], CERTIFICATES[role])
    value = certificate(profile, role)
    reference = x509.load_der_x509_certificate(value)
    assert item.value(CKA_CLASS) == ulong(CKO_CERTIFICATE)
    assert item.value(CKA_CERTIFICATE_TYPE) == ulong(CKC_X_509)
    assert item.value(CKA_VALUE) == value
    assert item.value(CKA_SUBJECT) == reference.subject.public_bytes()
    assert item.value(CKA_ISSUER) == reference.issuer.public_bytes()
    assert int.from_bytes(item.value(CKA_SERIAL_NUMBER), "big") == reference.serial_number
    assert item.value(CKA_CHECK_VALUE) == hashlib.sha1(value).digest()[:3]
    assert item.value(CKA_START_DATE).decode() == reference.not_valid_before_utc.strftime("%Y%m%d")
    assert item.value(CKA_END_DATE).decode() == reference.not_valid_after_utc.strftime("%Y%m%d")


@pytest.mark.parametrize(("profile", "role"), CASES)
def test_keys_belong_to_their_certificate(profile: str, role: str) -> None:
    token = opened(profile)[1]
    private = labelled(token, PRIVATE_KEYS[role])
    public = labelled(token, PUBLIC_KEYS[profile, role])
    issued = labelled(token, CERTIFICATES[role])
    numbers = public_key(profile, role).public_numbers()
    assert private.value(CKA_ID) == public.value(CKA_ID) == issued.value(CKA_ID)
    for key in (private, public):
        assert key.value(CKA_KEY_TYPE) == ulong(CKK_RSA)
        assert key.value(CKA_MODULUS_BITS) == ulong(2048)
        assert key.value(CKA_MODULUS) == numbers.n.to_bytes(256, "big")
        assert key.value(CKA_PUBLIC_EXPONENT) == b"\1\0\1"
        assert key.value(CKA_SUBJECT) == issued.value(CKA_SUBJECT)
        assert key.value(CKA_START_DATE) == key.value(CKA_END_DATE) == b""
    assert (private.object_class, public.object_class) == (CKO_PRIVATE_KEY, CKO_PUBLIC_KEY)
    assert public.value(CKA_VERIFY) == b"\1"
    assert public.value(CKA_ENCRYPT) == private.value(CKA_DECRYPT) == boolean(role == AUTHENTICATION)
    assert private.value(CKA_SIGN) == b"\1"
    assert len(public.value(CKA_VALUE)) == 270


@pytest.mark.parametrize(("profile", "role"), CASES)
def test_private_keys_keep_what_is_private(profile: str, role: str) -> None:
    key = labelled(opened(profile)[1], PRIVATE_KEYS[role])
    for attribute in (CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_EXPONENT_1, CKA_COEFFICIENT):
        assert refused(key, attribute) == CKR_ATTRIBUTE_SENSITIVE
        assert not key.matches({attribute: b""})
    assert key.value(CKA_SENSITIVE) == key.value(CKA_ALWAYS_SENSITIVE) == b"\1"
    assert key.value(CKA_EXTRACTABLE) == key.value(CKA_ALWAYS_AUTHENTICATE) == b"\0"


def test_public_keys_keep_nothing_back(pair: tuple[VirtualConnection, Token]) -> None:
    for item in pair[1].objects().values():
        if item.object_class == CKO_PUBLIC_KEY:
            assert item.value(CKA_SENSITIVE) == item.value(CKA_ALWAYS_SENSITIVE) == b"\0"
            assert item.value(CKA_EXTRACTABLE) == b"\1"


@pytest.mark.parametrize("profile", CARDS)
def test_an_object_is_known_again_by_its_identifier(profile: str) -> None:
    def identifiers() -> list[bytes]:
        return [item.value(CKA_UNIQUE_ID) for item in opened(profile)[1].objects().values()]

    assert identifiers() == identifiers()
    assert len(set(identifiers())) == len(ORDER[profile])


@pytest.mark.parametrize(
    ("profile", "role", "mechanism", "allowed"),
    [
        ("cps3", SIGNATURE, CKM_RSA_PKCS, True),
        ("cps3", SIGNATURE, CKM_SHA512_RSA_PKCS, False),
        ("cps3", AUTHENTICATION, CKM_SHA512_RSA_PKCS, True),
        ("cps3", AUTHENTICATION, CKM_RSA_PKCS_OAEP, False),
        ("cps4", SIGNATURE, CKM_RSA_PKCS_OAEP, False),
        ("cps4", AUTHENTICATION, CKM_RSA_PKCS_OAEP, True),
    ],
)
def test_keys_name_the_mechanisms_they_take(profile: str, role: str, mechanism: int, allowed: bool) -> None:
    value = labelled(opened(profile)[1], PRIVATE_KEYS[role]).value(CKA_ALLOWED_MECHANISMS)
    assert (mechanism in [int.from_bytes(value[at : at + 8], "little") for at in range(0, len(value), 8)]) == allowed
