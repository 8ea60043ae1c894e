"""Encryption with the authentication certificate's key and decryption by the card.

PKCS #11 Specification 3.1, clauses 5.8, 5.10 and 6.1; RFC 8017, clause 7. The other side is another implementation.
"""

import ctypes

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from conformance.testbed.cards import Card
from conformance.testbed.client import Module, mechanism, oaep
from conformance.testbed.cryptoki import CKG, CKM, CKR
from conformance.testbed.mechanism_recipes import HASHES, HashWords
from conformance.testbed.rig import Rig
from conformance.testbed.signing import private_key, public_key

SECRET = b"cle de session!\0"
PKCS1 = mechanism(CKM.RSA_PKCS)


def encrypted_for(card: Card, content: bytes) -> bytes:
    return card.public_key(card.authentication).encrypt(content, padding.PKCS1v15())


def decrypt(p11: Module, session: int, data: bytes | None, length: int, room: int) -> tuple[CKR, bytes, int]:
    buffer, written = ctypes.create_string_buffer(room), ctypes.c_ulong(room)
    rv = p11.C_Decrypt(session, data, length, buffer, ctypes.byref(written))
    return rv, buffer.raw, written.value


# --- PKCS#1 version 1.5


@pytest.mark.parametrize("length", [0, 1, 16, 32, 48, 100, 244, 245])
def test_the_card_decrypts_what_was_encrypted_for_its_holder(p11: Module, user: int, card: Card, length: int) -> None:
    content = bytes(range(length))
    key = private_key(p11, user, card.authentication)
    assert p11.decrypt(user, key, PKCS1, encrypted_for(card, content)) == content


def test_the_module_encrypts_without_login_and_the_card_decrypts(p11: Module, session: int, card: Card) -> None:
    cipher = p11.encrypt(session, public_key(p11, session, card.authentication), PKCS1, SECRET)
    assert len(cipher) == 256
    p11.ok("C_Login", session, 1, b"1234", 4)
    assert p11.decrypt(session, private_key(p11, session, card.authentication), PKCS1, cipher) == SECRET


def test_encryption_is_never_twice_the_same(p11: Module, session: int, card: Card) -> None:
    key = public_key(p11, session, card.authentication)
    assert p11.encrypt(session, key, PKCS1, SECRET) != p11.encrypt(session, key, PKCS1, SECRET)


def test_a_text_too_long_for_the_key_is_refused(p11: Module, session: int, card: Card) -> None:
    p11.ok("C_EncryptInit", session, ctypes.byref(PKCS1), public_key(p11, session, card.authentication))
    buffer, length = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    assert p11.C_Encrypt(session, bytes(246), 246, buffer, ctypes.byref(length)) == CKR.DATA_LEN_RANGE


def test_a_cipher_text_without_its_padding_is_not_decrypted(p11: Module, user: int, card: Card) -> None:
    numbers = card.public_key(card.authentication).public_numbers()
    unpadded = pow(int.from_bytes(b"\x01" + bytes(200), "big"), numbers.e, numbers.n).to_bytes(256, "big")
    p11.ok("C_DecryptInit", user, ctypes.byref(PKCS1), private_key(p11, user, card.authentication))
    rv, buffer, _ = decrypt(p11, user, unpadded, 256, 256)
    assert rv in (CKR.ENCRYPTED_DATA_INVALID, CKR.GENERAL_ERROR, CKR.DATA_INVALID)
    assert buffer == bytes(256)


@pytest.mark.parametrize("length", [0, 1, 128, 255, 257, 512])
def test_a_cipher_text_has_the_length_of_the_key(p11: Module, user: int, card: Card, rig: Rig, length: int) -> None:
    p11.ok("C_DecryptInit", user, ctypes.byref(PKCS1), private_key(p11, user, card.authentication))
    rig.clear_log()
    assert decrypt(p11, user, bytes(length), length, 256)[0] == CKR.ENCRYPTED_DATA_LEN_RANGE
    assert rig.apdu_count() == 0


# --- OAEP and plain RSA, where the card gives the bare result


@pytest.mark.parametrize("words", HASHES, ids=lambda words: words.algorithm.name)
@pytest.mark.parametrize("label", [b"", b"dossier"], ids=["no label", "label"])
def test_oaep_is_decrypted_with_every_hash_by_a_cps4(
    p11: Module, user: int, card: Card, words: HashWords, label: bytes
) -> None:
    how = mechanism(CKM.RSA_PKCS_OAEP, oaep(words.mechanism, words.mgf, label))
    key = private_key(p11, user, card.authentication)
    if not card.has_oaep:
        assert p11.C_DecryptInit(user, ctypes.byref(how), key) == CKR.MECHANISM_INVALID
        return
    scheme = padding.OAEP(padding.MGF1(words.algorithm), words.algorithm, label or None)
    cipher = card.public_key(card.authentication).encrypt(SECRET, scheme)
    assert p11.decrypt(user, key, how, cipher) == SECRET


def test_oaep_with_the_wrong_label_is_not_decrypted(p11: Module, user: int, card: Card) -> None:
    if CKM.RSA_PKCS_OAEP not in p11.mechanisms(p11.slots()[0]):
        assert not card.has_oaep
        return
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"dossier")
    cipher = card.public_key(card.authentication).encrypt(SECRET, scheme)
    how = mechanism(CKM.RSA_PKCS_OAEP, oaep(CKM.SHA256, CKG.MGF1_SHA256, b"autre"))
    p11.ok("C_DecryptInit", user, ctypes.byref(how), private_key(p11, user, card.authentication))
    assert decrypt(p11, user, cipher, 256, 256)[0] == CKR.ENCRYPTED_DATA_INVALID


def test_oaep_parameters_are_looked_at(p11: Module, user: int, card: Card) -> None:
    key = private_key(p11, user, card.authentication)
    refusal = CKR.MECHANISM_PARAM_INVALID if card.has_oaep else CKR.MECHANISM_INVALID
    unknown_source = oaep(CKM.SHA256, CKG.MGF1_SHA256)
    unknown_source.source = 7
    no_label = oaep(CKM.SHA256, CKG.MGF1_SHA256)
    no_label.ulSourceDataLen = 5
    for parameter in (oaep(CKM.MD5, CKG.MGF1_SHA1), oaep(CKM.SHA256, 99), unknown_source, no_label, None):
        how = mechanism(CKM.RSA_PKCS_OAEP, parameter)
        assert p11.C_DecryptInit(user, ctypes.byref(how), key) == refusal


def test_plain_rsa_gives_the_whole_block_on_a_cps4(p11: Module, user: int, card: Card) -> None:
    how, key = mechanism(CKM.RSA_X_509), private_key(p11, user, card.authentication)
    if not card.has_raw_rsa:
        assert p11.C_DecryptInit(user, ctypes.byref(how), key) == CKR.MECHANISM_INVALID
        return
    numbers = card.public_key(card.authentication).public_numbers()
    block = b"\x00" + bytes(range(255))
    cipher = pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    assert p11.decrypt(user, key, how, cipher) == block


# --- keys, logins and buffers


def test_the_signature_key_neither_encrypts_nor_decrypts(p11: Module, user: int, card: Card) -> None:
    private, public = private_key(p11, user, card.signature), public_key(p11, user, card.signature)
    assert p11.C_DecryptInit(user, ctypes.byref(PKCS1), private) == CKR.KEY_FUNCTION_NOT_PERMITTED
    assert p11.C_EncryptInit(user, ctypes.byref(PKCS1), public) == CKR.KEY_FUNCTION_NOT_PERMITTED


def test_checks_come_in_their_order_session_key_login_mechanism(p11: Module, user: int, card: Card) -> None:
    """An unknown key is CKR_KEY_HANDLE_INVALID to encrypt, CKR_OBJECT_HANDLE_INVALID to decrypt: plan, 402 and 503."""
    private, public = private_key(p11, user, card.authentication), public_key(p11, user, card.authentication)
    unknown = ctypes.byref(mechanism(CKM.RSA_PKCS_KEY_PAIR_GEN))
    assert p11.C_DecryptInit(999, unknown, 0) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_EncryptInit(999, unknown, 0) == CKR.SESSION_HANDLE_INVALID
    assert p11.C_DecryptInit(user, unknown, 0) == CKR.OBJECT_HANDLE_INVALID
    assert p11.C_EncryptInit(user, unknown, 0) == CKR.KEY_HANDLE_INVALID
    assert p11.C_DecryptInit(user, unknown, private) == CKR.MECHANISM_INVALID
    assert p11.C_EncryptInit(user, unknown, public) == CKR.MECHANISM_INVALID
    assert p11.C_EncryptInit(user, ctypes.byref(PKCS1), private) == CKR.KEY_TYPE_INCONSISTENT
    p11.ok("C_Logout", user)
    assert p11.C_DecryptInit(user, ctypes.byref(PKCS1), private) == CKR.USER_NOT_LOGGED_IN


def test_lengths_and_short_buffers_never_touch_the_card(p11: Module, user: int, card: Card, rig: Rig) -> None:
    cipher, length = encrypted_for(card, SECRET), ctypes.c_ulong()
    p11.ok("C_DecryptInit", user, ctypes.byref(PKCS1), private_key(p11, user, card.authentication))
    rig.clear_log()
    assert p11.C_Decrypt(user, None, 256, None, ctypes.byref(length)) == CKR.ARGUMENTS_BAD
    assert p11.C_Decrypt(user, cipher, 256, None, ctypes.byref(length)) == CKR.OK
    assert 16 <= length.value <= 256
    assert decrypt(p11, user, cipher, 256, 2)[0] == CKR.BUFFER_TOO_SMALL
    assert rig.apdu_count() == 0
    rv, buffer, written = decrypt(p11, user, cipher, 256, 256)
    assert (rv, buffer[:written]) == (CKR.OK, SECRET)
    assert decrypt(p11, user, cipher, 256, 256)[0] == CKR.OPERATION_NOT_INITIALIZED


def test_an_application_may_announce_less_than_the_key_length_if_the_text_fits(
    p11: Module, user: int, card: Card
) -> None:
    """The acceptance plan has 32 bytes only for a text that it knows to be shorter."""
    p11.ok("C_DecryptInit", user, ctypes.byref(PKCS1), private_key(p11, user, card.authentication))
    rv, buffer, written = decrypt(p11, user, encrypted_for(card, SECRET), 256, 245)
    assert (rv, buffer[:written]) == (CKR.OK, SECRET)


def test_a_short_buffer_keeps_the_encryption(p11: Module, session: int, card: Card) -> None:
    length, buffer = ctypes.c_ulong(12), ctypes.create_string_buffer(30)
    assert p11.C_Encrypt(session, SECRET, 16, None, ctypes.byref(length)) == CKR.OPERATION_NOT_INITIALIZED
    p11.ok("C_EncryptInit", session, ctypes.byref(PKCS1), public_key(p11, session, card.authentication))
    assert p11.C_Encrypt(session, SECRET, 0, None, None) == CKR.ARGUMENTS_BAD
    assert p11.C_Encrypt(session, SECRET, 16, buffer, ctypes.byref(length)) == CKR.BUFFER_TOO_SMALL
    assert length.value == 256
    assert len(p11.output(256, "C_Encrypt", session, SECRET, 16)) == 256


def test_parts_are_collected_until_the_final_call(p11: Module, user: int, card: Card, rig: Rig) -> None:
    """RSA knows one block only, so every part is kept and the result comes at the end."""
    cipher = in_parts(p11, "Encrypt", user, public_key(p11, user, card.authentication), [SECRET[:5], SECRET[5:]])
    rig.clear_log()
    parts = [cipher[:100], cipher[100:]]
    assert in_parts(p11, "Decrypt", user, private_key(p11, user, card.authentication), parts) == SECRET


def in_parts(p11: Module, verb: str, session: int, key: int, parts: list[bytes]) -> bytes:
    p11.ok(f"C_{verb}Init", session, ctypes.byref(PKCS1), key)
    for part in parts:
        assert p11.output(256, f"C_{verb}Update", session, part, len(part)) == b""
    return p11.output(256, f"C_{verb}Final", session)
