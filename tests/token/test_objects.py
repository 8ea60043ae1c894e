"""The objects of a token: their order, their attributes, what is read from the card and when."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509

from conformance.virtual_card.tlv import sequence
from cryptolib.cards.catalog import DRIVERS
from cryptolib.cryptoki.attributes import boolean, ulong
from cryptolib.cryptoki.constants import (
    CKA_ALLOWED_MECHANISMS,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_ALWAYS_SENSITIVE,
    CKA_APPLICATION,
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
    CKO_DATA,
    CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_DEVICE_ERROR,
    CKR_TOKEN_NOT_RECOGNIZED,
    CKR_USER_NOT_LOGGED_IN,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import DataObject, TokenObject
from cryptolib.token.token import Token
from tests.support import (
    AUTHENTICATION,
    CARDS,
    PIN,
    SIGNATURE,
    SMALL_CPS_DATA,
    VirtualConnection,
    certificate,
    inserted,
    labelled,
    opened,
    public_key,
    secret,
)

CERTIFICATES = {SIGNATURE: "Certificat de Signature CPS", AUTHENTICATION: "Certificat d'Authentification CPS"}
PRIVATE_KEYS = {SIGNATURE: "CPS_PRIV_SIG", AUTHENTICATION: "CPS_PRIV_AUT"}
PUBLIC_KEYS = {
    ("cps3", SIGNATURE): "Cle publique - Certificat de Signature CPS",
    ("cps3", AUTHENTICATION): "Cle publique - Certificat d'Authentification CPS",
    ("cps4", SIGNATURE): "Cle publique de Signature CPS",
    ("cps4", AUTHENTICATION): "Cle publique d'Authentification CPS",
}
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


@pytest.fixture(params=CARDS)
def pair(request: pytest.FixtureRequest) -> tuple[VirtualConnection, Token]:
    return opened(request.param)


@pytest.fixture(params=CARDS)
def writable(request: pytest.FixtureRequest) -> tuple[VirtualConnection, Token]:
    """With a CPS_DATA."""
    return opened(request.param, SMALL_CPS_DATA)


def refused(item: TokenObject, attribute: int) -> int:
    with pytest.raises(CryptokiError) as caught:
        item.value(attribute)
    return caught.value.code


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
    judge = x509.load_der_x509_certificate(value)
    assert item.value(CKA_CLASS) == ulong(CKO_CERTIFICATE)
    assert item.value(CKA_CERTIFICATE_TYPE) == ulong(CKC_X_509)
    assert item.value(CKA_VALUE) == value
    assert item.value(CKA_SUBJECT) == judge.subject.public_bytes()
    assert item.value(CKA_ISSUER) == judge.issuer.public_bytes()
    assert int.from_bytes(item.value(CKA_SERIAL_NUMBER), "big") == judge.serial_number
    assert item.value(CKA_CHECK_VALUE) == hashlib.sha1(value).digest()[:3]
    assert item.value(CKA_START_DATE).decode() == judge.not_valid_before_utc.strftime("%Y%m%d")
    assert item.value(CKA_END_DATE).decode() == judge.not_valid_after_utc.strftime("%Y%m%d")


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


class TestReading:
    """What the card is asked for, and how often."""

    def test_the_list_of_objects_is_read_once(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        token.objects()
        assert len(connection.commands) == {"cps3": 13, "cps4": 10}[connection.card.name]
        connection.forget()
        for item in token.objects().values():
            item.value(CKA_ID if item.object_class != CKO_DATA else CKA_APPLICATION)
            item.matches({CKA_CLASS: ulong(CKO_DATA), CKA_VALUE: b"x"} if item.object_class != CKO_DATA else {})
        assert connection.commands == []

    @pytest.mark.parametrize("first", [CKA_VALUE, CKA_SUBJECT, CKA_SERIAL_NUMBER])
    def test_a_certificate_is_read_once_for_all_its_fields(
        self, pair: tuple[VirtualConnection, Token], first: int
    ) -> None:
        connection, token = pair
        item = labelled(token, CERTIFICATES[SIGNATURE])
        connection.forget()
        item.value(first)
        assert len(connection.commands) == 6
        connection.forget()
        for attribute in (CKA_VALUE, CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER):
            item.value(attribute)
        labelled(token, PUBLIC_KEYS[connection.card.name, SIGNATURE]).value(CKA_MODULUS)
        labelled(token, PRIVATE_KEYS[SIGNATURE]).value(CKA_MODULUS)
        assert connection.commands == []

    def test_public_content_is_read_once(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_NAME_PS")
        assert item.value(CKA_VALUE) == connection.card.file("3F00/0001/D101").content
        connection.forget()
        item.value(CKA_VALUE)
        assert connection.commands == []

    def test_modifiable_content_is_read_again(self, writable: tuple[VirtualConnection, Token]) -> None:
        connection, token = writable
        item = labelled(token, "CPS_DATA")
        item.value(CKA_VALUE)
        connection.card.file("3F00/0001/D107").content = b"written elsewhere".ljust(256, b"\0")
        assert item.value(CKA_VALUE).startswith(b"written elsewhere")

    def test_comparing_reads_the_card_last(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, CERTIFICATES[SIGNATURE])
        connection.forget()
        assert not item.matches({CKA_SUBJECT: b"somebody", CKA_LABEL: b"another"})
        assert connection.commands == []
        assert item.matches({CKA_VALUE: certificate(connection.card.name, SIGNATURE), CKA_LABEL: item.label.encode()})

    def test_nothing_matches_what_is_not_there(self, pair: tuple[VirtualConnection, Token]) -> None:
        for item in pair[1].objects().values():
            assert item.matches({})
            assert not item.matches({0x80001234: b""})


class TestPrivateContent:
    """Protected data are for the holder while logged in, in memory as on the card."""

    def test_only_after_login(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_ACTIVITY_01_PS")
        assert refused(item, CKA_VALUE) == CKR_USER_NOT_LOGGED_IN
        token.log_in(CKU_USER, secret(PIN))
        assert item.value(CKA_VALUE) == connection.card.file("3F00/0001/D121").content
        connection.forget()
        item.value(CKA_VALUE)
        assert connection.commands == []

    def test_forgotten_at_logout(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_ACTIVITY_01_PS")
        token.log_in(CKU_USER, secret(PIN))
        content = item.value(CKA_VALUE)
        token.log_out()
        assert refused(item, CKA_VALUE) == CKR_USER_NOT_LOGGED_IN
        assert content not in repr(vars(token)).encode()
        token.log_in(CKU_USER, secret(PIN))
        connection.forget()
        assert item.value(CKA_VALUE) == content
        assert connection.commands

    def test_forgotten_when_the_card_was_reset(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_ACTIVITY_01_PS")
        token.log_in(CKU_USER, secret(PIN))
        item.value(CKA_VALUE)
        connection.reset_elsewhere()
        token.random(8)
        assert refused(item, CKA_VALUE) == CKR_USER_NOT_LOGGED_IN

    def test_the_card_s_own_refusal_ends_the_login(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_ACTIVITY_01_PS")
        token.log_in(CKU_USER, secret(PIN))
        connection.refuse(0xB0, 0x6982)
        assert refused(item, CKA_VALUE) == CKR_USER_NOT_LOGGED_IN
        assert token.user() is None


class TestWriting:
    def test_the_holder_writes_cps_data(self, writable: tuple[VirtualConnection, Token]) -> None:
        connection, token = writable
        item = labelled(token, "CPS_DATA")
        assert isinstance(item, DataObject)
        assert item.modifiable
        with pytest.raises(CryptokiError) as caught:
            token.replace_content(item.path, b"mine")
        assert caught.value.code == CKR_USER_NOT_LOGGED_IN
        token.log_in(CKU_USER, secret(PIN))
        token.replace_content(item.path, b"mine")
        assert item.value(CKA_VALUE) == b"mine".ljust(256, b"\0")
        assert connection.card.file("3F00/0001/D107").content == b"mine".ljust(256, b"\0")

    def test_what_is_too_long_is_not_begun(self, writable: tuple[VirtualConnection, Token]) -> None:
        connection, token = writable
        item = labelled(token, "CPS_DATA")
        assert isinstance(item, DataObject)
        token.log_in(CKU_USER, secret(PIN))
        with pytest.raises(CryptokiError) as caught:
            token.replace_content(item.path, bytes(257))
        assert caught.value.code == CKR_DATA_LEN_RANGE
        assert not [command for command in connection.commands if command[2:4] == "D6"]


class TestDamage:
    """What cannot be read is told; the rest of the token stays."""

    def test_a_damaged_certificate(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        connection.card.file("3F00/0001/A001").content = sequence(sequence())
        assert refused(labelled(token, CERTIFICATES[SIGNATURE]), CKA_VALUE) == CKR_DEVICE_ERROR
        assert labelled(token, CERTIFICATES[AUTHENTICATION]).value(CKA_VALUE)

    def test_a_damaged_certificate_is_not_found_and_does_not_hide_the_other(
        self, pair: tuple[VirtualConnection, Token]
    ) -> None:
        connection, token = pair
        connection.card.file("3F00/0001/A001").content = sequence(sequence())
        subject = labelled(token, CERTIFICATES[AUTHENTICATION]).value(CKA_SUBJECT)
        template = {CKA_CLASS: ulong(CKO_CERTIFICATE), CKA_SUBJECT: subject}
        found = [item.label for item in token.objects().values() if item.matches(template)]
        assert found == [CERTIFICATES[AUTHENTICATION]]

    @pytest.mark.parametrize(("file", "code"), [("5031", CKR_TOKEN_NOT_RECOGNIZED), ("7002", CKR_DEVICE_ERROR)])
    def test_a_damaged_directory(self, file: str, code: int) -> None:
        """Without its identity a card is none of ours; afterwards it is one that does not work."""
        connection = inserted("cps4")
        connection.card.file(f"3F00/0001/{file}").content = b"\x30\x7f"
        with pytest.raises(CryptokiError) as caught:
            Token(DRIVERS["cps4"](connection)).objects()
        assert caught.value.code == code

    def test_a_missing_file(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        connection.card.files.remove("3F00/0001/D101")
        assert refused(labelled(token, "CPS_NAME_PS"), CKA_VALUE) == CKR_DEVICE_ERROR

    @pytest.mark.parametrize("content", [b"", b"\x30", sequence(sequence()), bytes(270)])
    def test_a_damaged_public_key_without_certificate(self, content: bytes) -> None:
        connection, token = opened("cps4")
        connection.card.file("3F00/0001/7005").content = bytes(32)
        connection.card.file("3F00/0001/B001").content = content
        key = labelled(token, PUBLIC_KEYS["cps4", SIGNATURE])
        assert refused(key, CKA_MODULUS) in (CKR_DEVICE_ERROR, CKR_DATA_INVALID)  # an empty file cannot be read
        assert refused(key, CKA_VALUE) == refused(key, CKA_MODULUS)

    def test_a_public_key_without_certificate(self) -> None:
        connection, token = opened("cps4")
        connection.card.file("3F00/0001/7005").content = bytes(32)
        key = labelled(token, PUBLIC_KEYS["cps4", SIGNATURE])
        assert key.value(CKA_MODULUS) == public_key("cps4", SIGNATURE).public_numbers().n.to_bytes(256, "big")
        assert key.value(CKA_VALUE) == connection.card.file("3F00/0001/B001").content
        assert refused(key, CKA_ISSUER) == CKR_ATTRIBUTE_TYPE_INVALID
        assert [item.label for item in token.objects().values() if item.object_class == CKO_CERTIFICATE] == []
