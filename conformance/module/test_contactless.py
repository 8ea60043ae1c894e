"""The CPS3 through its antenna: a token without code, whose one key signs for everybody.

Card specification, chapter 4; conformance cases 207 to 211, 605 to 635, 718 to 733, 1001, 1002 and 1100 to 1125.
"""

import ctypes
import hashlib
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate

from conformance.testbed.cards import CIA_AID, CPS3_CONTACTLESS, PIN, PUK
from conformance.testbed.client import Module, blank_padded, empty_template, mechanism, template
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, CKU
from conformance.testbed.mechanism_recipes import SHA256, digest_info
from conformance.testbed.rig import Rig
from conformance.virtual_card.identity import identity

pytestmark = pytest.mark.cards("cps3cl")

CARD = "cps3cl"
KEY = "CPS_PRIV_TECH_AUT"
CERTIFICATE = "Certificat Technique CPS"
PUBLIC_KEY = f"Cle publique - {CERTIFICATE}"
MESSAGE = b"un defi de trente-trois octets..."
NO_SESSION = 0xFFFF_FFFF

RNG, TOKEN_INITIALIZED = 0x1, 0x400
HW, SIGN, SIGN_RECOVER, VERIFY, VERIFY_RECOVER = 0x1, 0x800, 0x1000, 0x2000, 0x4000
RO_USER_FUNCTIONS, RW_USER_FUNCTIONS = 1, 3
DIGESTS = [CKM.SHA_1, CKM.SHA224, CKM.SHA256, CKM.SHA384, CKM.SHA512]
HASH_AND_SIGN = [CKM.SHA1_RSA_PKCS, CKM.SHA256_RSA_PKCS, CKM.SHA256_RSA_PKCS_PSS]


@pytest.fixture
def key(p11: Module, session: int) -> int:
    return p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.PRIVATE, False), (CKA.LABEL, KEY))


def issued() -> bytes:
    return identity(CARD).credentials["technical"].certificate


def public_numbers() -> RSAPublicKey:
    public = load_der_x509_certificate(issued()).public_key()
    assert isinstance(public, RSAPublicKey)
    return public


def opened(signature: bytes) -> bytes:
    """The block inside a signature."""
    numbers = public_numbers().public_numbers()
    return pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")


def padded(data: bytes) -> bytes:
    return b"\0\1" + b"\xff" * (253 - len(data)) + b"\0" + data


class TestToken:
    def test_it_says_that_nobody_needs_to_log_in(self, p11: Module, slot: int) -> None:
        info = p11.token_info(slot)
        assert info.flags == RNG | TOKEN_INITIALIZED
        assert (info.ulMinPinLen, info.ulMaxPinLen) == (4, 8)
        assert "CPS3" in blank_padded(info.label)
        assert blank_padded(info.serialNumber) == "99990003"

    def test_no_counter_is_asked_for(self, p11: Module, slot: int, rig: Rig) -> None:
        p11.token_info(slot)
        rig.clear_log()
        p11.token_info(slot)
        assert rig.apdu_count() == 0

    def test_its_mechanisms_are_what_the_card_does(self, p11: Module, slot: int) -> None:
        assert p11.mechanisms(slot) == [*DIGESTS, CKM.RSA_PKCS]
        info = p11.mechanism_info(slot, CKM.RSA_PKCS)
        assert info.flags == HW | SIGN | VERIFY | SIGN_RECOVER | VERIFY_RECOVER
        assert (info.ulMinKeySize, info.ulMaxKeySize) == (512, 2048)

    def test_random_bytes_come_from_the_card(self, p11: Module, session: int, rig: Rig) -> None:
        p11.random(session, 1)
        rig.clear_log()
        assert p11.random(session, 16) != p11.random(session, 16)
        assert [exchange.command[1] for exchange in rig.log()] == [0x84] * 4


class TestLogin:
    """There is no code: nothing to present, nothing to change, and nothing of it reaches the card."""

    @pytest.fixture(autouse=True)
    def no_code_travels(self, p11: Module, rig: Rig) -> Iterator[None]:
        yield
        assert not [exchange for exchange in rig.log() if exchange.command[1] in (0x20, 0x24, 0x2C)]

    @pytest.mark.parametrize("pin", [PIN, b"", b"1", b"123456789", b"x" * 300])
    def test_no_code_is_there_whatever_is_presented(self, p11: Module, session: int, pin: bytes) -> None:
        assert p11.login(session, pin) == CKR.USER_PIN_NOT_INITIALIZED
        assert p11.C_Login(session, CKU.USER, None, 0) == CKR.USER_PIN_NOT_INITIALIZED
        assert p11.state(session) == RO_USER_FUNCTIONS

    def test_the_card_is_not_asked_for_that(self, p11: Module, session: int, rig: Rig) -> None:
        rig.clear_log()
        assert p11.login(session, PIN) == CKR.USER_PIN_NOT_INITIALIZED
        assert rig.apdu_count() == 0

    def test_the_session_is_looked_at_first(self, p11: Module, session: int) -> None:
        assert p11.login(NO_SESSION, PIN) == CKR.SESSION_HANDLE_INVALID
        assert p11.C_Login(session, 7, PIN, len(PIN)) == CKR.USER_TYPE_INVALID

    def test_a_read_only_session_keeps_the_security_officer_out_here_too(self, p11: Module, session: int) -> None:
        assert p11.login(session, PUK, CKU.SO) == CKR.SESSION_READ_ONLY_EXISTS

    def test_nor_is_there_a_code_de_deblocage(self, p11: Module, slot: int) -> None:
        assert p11.login(p11.open(slot, rw=True), PUK, CKU.SO) == CKR.USER_PIN_NOT_INITIALIZED

    def test_nobody_can_log_out(self, p11: Module, session: int) -> None:
        assert p11.C_Logout(session) == CKR.USER_NOT_LOGGED_IN

    def test_a_code_that_is_not_there_cannot_be_changed(self, p11: Module, slot: int) -> None:
        session = p11.open(slot, rw=True)
        assert p11.C_SetPIN(session, PIN, 4, PIN, 4) == CKR.USER_PIN_NOT_INITIALIZED
        assert p11.C_InitPIN(session, PIN, 4) == CKR.USER_PIN_NOT_INITIALIZED

    def test_sessions_have_the_rights_of_a_user_always(self, p11: Module, slot: int, session: int) -> None:
        writable = p11.open(slot, rw=True)
        assert (p11.state(session), p11.state(writable)) == (RO_USER_FUNCTIONS, RW_USER_FUNCTIONS)
        p11.login(session, PIN)
        p11.C_Logout(session)
        p11.token_info(slot)
        assert (p11.state(session), p11.state(writable)) == (RO_USER_FUNCTIONS, RW_USER_FUNCTIONS)


class TestObjects:
    def test_there_is_one_key_pair_and_the_public_data(self, p11: Module, session: int) -> None:
        handles = p11.find(session)
        labels = [p11.label(session, handle) for handle in handles]
        assert labels[:4] == [KEY, CERTIFICATE, PUBLIC_KEY, "CPS_DATA"]
        assert set(labels[3:]) == CPS3_CONTACTLESS.public_data
        assert handles == list(range(1, len(labels) + 1))
        assert p11.find(session, (CKA.PRIVATE, True)) == []

    def test_key_pair_and_certificate_share_their_identifier(self, p11: Module, session: int) -> None:
        found = p11.find(session, (CKA.ID, CIA_AID + b"\x03"))
        classes = sorted(p11.number(session, handle, CKA.CLASS) for handle in found)
        assert classes == [CKO.CERTIFICATE, CKO.PUBLIC_KEY, CKO.PRIVATE_KEY]

    def test_the_certificate_is_the_one_that_was_issued(self, p11: Module, session: int) -> None:
        handle = p11.one(session, (CKA.CLASS, CKO.CERTIFICATE), (CKA.LABEL, CERTIFICATE))
        assert p11.attribute(session, handle, CKA.VALUE) == issued()

    def test_the_key_signs_and_no_more(self, p11: Module, session: int, key: int) -> None:
        for kind, expected in (
            (CKA.PRIVATE, False),
            (CKA.SIGN, True),
            (CKA.DECRYPT, False),
            (CKA.SENSITIVE, True),
            (CKA.EXTRACTABLE, False),
        ):
            assert p11.attribute(session, key, kind) == bytes([expected])
        asked = empty_template([CKA.PRIVATE_EXPONENT])
        assert p11.C_GetAttributeValue(session, key, asked, 1) == CKR.ATTRIBUTE_SENSITIVE

    def test_public_data_is_readable(self, p11: Module, session: int) -> None:
        for handle in p11.find(session, (CKA.CLASS, CKO.DATA)):
            assert p11.attribute(session, handle, CKA.VALUE)

    def test_cps_data_cannot_be_written(self, p11: Module, slot: int) -> None:
        session = p11.open(slot, rw=True)
        wanted = ((CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_DATA"))
        handle = p11.one(session, *wanted, (CKA.MODIFIABLE, False))
        change = template([(CKA.VALUE, b"autre")])
        assert p11.C_SetAttributeValue(session, handle, change, 1) == CKR.ATTRIBUTE_READ_ONLY


class TestSignature:
    def test_any_data_is_signed_without_login(self, p11: Module, session: int, key: int) -> None:
        assert opened(p11.sign(session, key, mechanism(CKM.RSA_PKCS), MESSAGE)) == padded(MESSAGE)

    def test_a_digest_info_gives_a_signature_that_others_accept(self, p11: Module, session: int, key: int) -> None:
        signature = p11.sign(session, key, mechanism(CKM.RSA_PKCS), digest_info(SHA256, MESSAGE))
        public_numbers().verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())

    def test_parts_give_the_same_signature_as_the_whole(self, p11: Module, session: int, key: int) -> None:
        how = mechanism(CKM.RSA_PKCS)
        whole = p11.sign(session, key, how, MESSAGE)
        assert p11.sign_parts(session, key, how, [MESSAGE[:20], MESSAGE[20:]]) == whole

    def test_the_public_key_checks_it(self, p11: Module, session: int, key: int) -> None:
        how = mechanism(CKM.RSA_PKCS)
        public = p11.one(session, (CKA.CLASS, CKO.PUBLIC_KEY))
        signature = p11.sign(session, key, how, MESSAGE)
        assert p11.verify(session, public, how, MESSAGE, signature) == CKR.OK
        assert p11.verify(session, public, how, MESSAGE + b".", signature) == CKR.SIGNATURE_INVALID

    def test_the_second_one_costs_one_command(self, p11: Module, session: int, key: int, rig: Rig) -> None:
        p11.attribute(session, key, CKA.MODULUS)
        p11.sign(session, key, mechanism(CKM.RSA_PKCS), MESSAGE)
        rig.clear_log()
        p11.sign(session, key, mechanism(CKM.RSA_PKCS), MESSAGE)
        assert rig.apdu_count() == 1

    def test_a_reset_by_another_application_costs_no_right(self, p11: Module, session: int, key: int, rig: Rig) -> None:
        p11.sign(session, key, mechanism(CKM.RSA_PKCS), MESSAGE)
        rig.reset_card()
        assert opened(p11.sign(session, key, mechanism(CKM.RSA_PKCS), MESSAGE)) == padded(MESSAGE)

    def test_digests_are_computed_beside_it(self, p11: Module, session: int, key: int) -> None:
        p11.ok("C_SignInit", session, ctypes.byref(mechanism(CKM.RSA_PKCS)), key)
        digest = p11.digest(session, mechanism(CKM.SHA256), MESSAGE)
        assert digest == hashlib.sha256(MESSAGE).digest()
        assert opened(p11.output(256, "C_Sign", session, digest, len(digest))) == padded(digest)


class TestRefusals:
    @pytest.mark.parametrize("kind", [*HASH_AND_SIGN, CKM.RSA_X_509, CKM.RSA_PKCS_KEY_PAIR_GEN])
    def test_it_signs_with_one_mechanism_alone(self, p11: Module, session: int, key: int, kind: CKM) -> None:
        assert p11.C_SignInit(session, ctypes.byref(mechanism(kind)), key) == CKR.MECHANISM_INVALID

    def test_a_key_that_does_not_sign_is_reported_before_the_mechanism(self, p11: Module, session: int) -> None:
        public = p11.one(session, (CKA.CLASS, CKO.PUBLIC_KEY))
        sha1 = ctypes.byref(mechanism(CKM.SHA1_RSA_PKCS))
        assert p11.C_SignInit(session, sha1, public) == CKR.KEY_TYPE_INCONSISTENT

    def test_an_operation_under_way_goes_on(self, p11: Module, session: int, key: int) -> None:
        p11.ok("C_SignInit", session, ctypes.byref(mechanism(CKM.RSA_PKCS)), key)
        assert p11.C_SignInit(session, ctypes.byref(mechanism(CKM.RSA_X_509)), key) == CKR.OPERATION_ACTIVE
        assert opened(p11.output(256, "C_Sign", session, MESSAGE, len(MESSAGE))) == padded(MESSAGE)

    @pytest.mark.parametrize("kind", [CKM.RSA_PKCS, CKM.RSA_PKCS_KEY_PAIR_GEN])
    def test_decryption_is_for_a_holder_who_cannot_log_in(self, p11: Module, session: int, key: int, kind: CKM) -> None:
        assert p11.C_DecryptInit(session, ctypes.byref(mechanism(kind)), key) == CKR.USER_NOT_LOGGED_IN

    def test_but_a_key_that_is_none_comes_first(self, p11: Module, session: int) -> None:
        how = ctypes.byref(mechanism(CKM.RSA_PKCS))
        assert p11.C_DecryptInit(session, how, 0) == CKR.OBJECT_HANDLE_INVALID

    def test_nobody_encrypts_what_no_key_can_decrypt(self, p11: Module, session: int) -> None:
        public = p11.one(session, (CKA.CLASS, CKO.PUBLIC_KEY))
        assert p11.C_EncryptInit(session, ctypes.byref(mechanism(CKM.RSA_PKCS)), public) == CKR.MECHANISM_INVALID


def test_the_same_card_in_contact_is_another_token(p11: Module, session: int, rig: Rig) -> None:
    """Taken from the antenna and put into the reader: the holder's keys are there again, behind the code."""
    rig.insert("cps3")
    rig.new_pins()
    (slot,) = p11.slots()
    assert p11.C_GetSessionInfo(session, ctypes.create_string_buffer(64)) == CKR.SESSION_HANDLE_INVALID
    contact = p11.open(slot)
    assert p11.find(contact, (CKA.CLASS, CKO.PRIVATE_KEY)) == []
    assert p11.login(contact, PIN) == CKR.OK
    assert len(p11.find(contact, (CKA.CLASS, CKO.PRIVATE_KEY))) == 2
