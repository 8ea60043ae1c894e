"""Digests and random bytes, which need no login, and the functions that a card does not have.

PKCS #11 Specification 3.1, clauses 5.12 and 5.20; conformance plan, 803 to 819.
"""

import ctypes

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.client import Module, mechanism, pss
from conformance.testbed.cryptoki import CKG, CKM, CKR
from conformance.testbed.mechanism_recipes import HASHES, SHA1, SHA256, HashWords
from conformance.testbed.rig import Rig

MESSAGE = b"16-byte message!"

every_hash = pytest.mark.parametrize("words", HASHES, ids=lambda words: words.algorithm.name)


def begin(p11: Module, session: int, kind: CKM) -> None:
    p11.ok("C_DigestInit", session, ctypes.byref(mechanism(kind)))


@every_hash
@pytest.mark.parametrize("length", [0, 1, 64, 65_537])
def test_a_digest_is_the_hash_of_the_message(p11: Module, session: int, words: HashWords, length: int) -> None:
    message = bytes(index % 251 for index in range(length))
    assert p11.digest(session, mechanism(words.mechanism), message) == words.of(message)


@every_hash
def test_a_digest_in_parts_is_the_same(p11: Module, session: int, words: HashWords) -> None:
    begin(p11, session, words.mechanism)
    for part in (b"16-byte", b"", b" message!"):
        p11.ok("C_DigestUpdate", session, part, len(part))
    assert p11.output(64, "C_DigestFinal", session) == words.of(MESSAGE)


def test_digests_never_touch_the_card(p11: Module, session: int, rig: Rig) -> None:
    rig.clear_log()
    p11.digest(session, mechanism(CKM.SHA256), MESSAGE)
    assert rig.apdu_count() == 0


def test_a_length_query_hashes_nothing(p11: Module, session: int) -> None:
    length = ctypes.c_ulong()
    begin(p11, session, CKM.SHA_1)
    p11.ok("C_Digest", session, MESSAGE, 16, None, ctypes.byref(length))
    assert length.value == 20
    assert p11.output(20, "C_Digest", session, MESSAGE, 16) == SHA1.of(MESSAGE)


def test_a_length_query_may_be_followed_by_the_final_call(p11: Module, session: int) -> None:
    """No standard way of working, but the acceptance plan goes it (810 to 812)."""
    length = ctypes.c_ulong()
    begin(p11, session, CKM.SHA_1)
    p11.ok("C_Digest", session, MESSAGE, 16, None, ctypes.byref(length))
    assert p11.C_DigestFinal(session, ctypes.create_string_buffer(20), ctypes.byref(length)) == CKR.OK
    assert length.value == 20


def test_a_short_buffer_keeps_the_digest(p11: Module, session: int) -> None:
    short, length = ctypes.create_string_buffer(128), ctypes.c_ulong(18)
    begin(p11, session, CKM.SHA_1)
    assert p11.C_Digest(session, MESSAGE, 16, short, ctypes.byref(length)) == CKR.BUFFER_TOO_SMALL
    assert length.value == 20
    assert short.raw == bytes(128)
    assert p11.output(128, "C_Digest", session, MESSAGE, 16) == SHA1.of(MESSAGE)


def test_a_digest_ends_with_its_result(p11: Module, session: int) -> None:
    p11.digest(session, mechanism(CKM.SHA256), MESSAGE)
    length = ctypes.c_ulong(64)
    buffer = ctypes.create_string_buffer(64)
    assert p11.C_Digest(session, MESSAGE, 16, buffer, ctypes.byref(length)) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_DigestUpdate(session, MESSAGE, 16) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_DigestFinal(session, buffer, ctypes.byref(length)) == CKR.OPERATION_NOT_INITIALIZED


def test_one_digest_at_a_time_in_a_session(p11: Module, slot: int, session: int) -> None:
    begin(p11, session, CKM.SHA256)
    assert p11.C_DigestInit(session, ctypes.byref(mechanism(CKM.SHA_1))) == CKR.OPERATION_ACTIVE
    other = p11.open(slot)
    assert p11.digest(other, mechanism(CKM.SHA_1), MESSAGE) == SHA1.of(MESSAGE)
    assert p11.output(64, "C_Digest", session, MESSAGE, 16) == SHA256.of(MESSAGE)


def test_a_parameter_given_to_sha_1_is_ignored(p11: Module, session: int) -> None:
    """The acceptance plan leaves it uninitialised (810, 813, 816 and 818)."""
    how = mechanism(CKM.SHA_1, pss(CKM.SHA256, CKG.MGF1_SHA1, 5))
    assert p11.digest(session, how, MESSAGE) == SHA1.of(MESSAGE)
    how.pParameter, how.ulParameterLen = 0x10, 0xFFFF
    assert p11.digest(session, how, MESSAGE) == SHA1.of(MESSAGE)


@pytest.mark.parametrize(("pointer", "length"), [(0x10, 16), (None, 16), (0x10, 0), (None, 2**64 - 1)])
@pytest.mark.parametrize(
    "words", [words for words in HASHES if words is not SHA1], ids=lambda words: words.algorithm.name
)
def test_a_parameter_given_to_another_digest_is_refused_unread(
    p11: Module, session: int, words: HashWords, pointer: int | None, length: int
) -> None:
    how = mechanism(words.mechanism)
    how.pParameter, how.ulParameterLen = pointer, length
    assert p11.C_DigestInit(session, ctypes.byref(how)) == CKR.MECHANISM_PARAM_INVALID
    assert p11.digest(session, mechanism(words.mechanism), MESSAGE) == words.of(MESSAGE)


@pytest.mark.parametrize("kind", [CKM.MD5, CKM.RSA_PKCS, CKM.SHA256_RSA_PKCS, 0x8000_1234])
def test_what_is_no_hash_is_an_invalid_mechanism(p11: Module, session: int, kind: int) -> None:
    assert p11.C_DigestInit(session, ctypes.byref(mechanism(kind))) == CKR.MECHANISM_INVALID


@pytest.mark.parametrize("length", [1, 7, 8, 9, 16, 33, 1000])
def test_random_bytes_come_from_the_card(p11: Module, session: int, rig: Rig, length: int) -> None:
    rig.clear_log()
    drawn = p11.random(session, length)
    challenges = [exchange for exchange in rig.log() if exchange.command[1] == 0x84]
    assert len(challenges) * 8 >= length
    assert p11.random(session, 32) != p11.random(session, 32)
    assert len(drawn) == length


def test_random_needs_somewhere_to_go_and_no_seed(p11: Module, session: int, rig: Rig) -> None:
    p11.random(session, 8)
    rig.clear_log()
    assert p11.C_GenerateRandom(session, None, 8) == CKR.ARGUMENTS_BAD
    assert p11.C_GenerateRandom(session, ctypes.create_string_buffer(1), 0) == CKR.OK
    assert rig.apdu_count() == 0
    assert p11.C_SeedRandom(session, b"seed", 4) == CKR.RANDOM_SEED_NOT_SUPPORTED
    assert p11.C_GenerateRandom(999, ctypes.create_string_buffer(8), 8) == CKR.SESSION_HANDLE_INVALID


def test_what_a_card_does_not_have_is_not_supported(p11: Module, user: int, card: Card) -> None:
    how, out, length = ctypes.byref(mechanism(CKM.RSA_PKCS)), ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    size = ctypes.byref(length)
    unsupported = {
        "C_DigestKey": (user, 1),
        "C_DigestEncryptUpdate": (user, out, 16, out, size),
        "C_DecryptDigestUpdate": (user, out, 16, out, size),
        "C_SignEncryptUpdate": (user, out, 16, out, size),
        "C_DecryptVerifyUpdate": (user, out, 16, out, size),
        "C_GenerateKey": (user, how, None, 0, size),
        "C_GenerateKeyPair": (user, how, None, 0, None, 0, size, size),
        "C_WrapKey": (user, how, 1, 1, out, size),
        "C_UnwrapKey": (user, how, 1, out, 256, None, 0, size),
        "C_DeriveKey": (user, how, 1, None, 0, size),
    }
    answers = {name: getattr(p11, name)(*arguments) for name, arguments in unsupported.items()}
    assert answers == dict.fromkeys(unsupported, CKR.FUNCTION_NOT_SUPPORTED)
    assert p11.C_GetFunctionStatus(user) in (CKR.FUNCTION_NOT_SUPPORTED, CKR.FUNCTION_NOT_PARALLEL)
    assert p11.C_CancelFunction(user) in (CKR.FUNCTION_NOT_SUPPORTED, CKR.FUNCTION_NOT_PARALLEL)
