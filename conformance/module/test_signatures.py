"""Signing and verifying: every mechanism, every length, one call or many, and what ends an operation.

PKCS #11 Specification 3.1, clauses 5.13, 5.15 and 6.1; conformance notes, operation lifetime.
Each signature is checked by another implementation.
"""

import ctypes
from dataclasses import replace

import pytest

from conformance.testbed.cards import Card, KeyNames
from conformance.testbed.client import Module, Refused, mechanism, pss
from conformance.testbed.cryptoki import CKA, CKG, CKM, CKO, CKR, Mechanism
from conformance.testbed.mechanism_recipes import (
    HASHES,
    RECIPES,
    SHA1,
    SHA256,
    SHA384,
    SHA512,
    HashWords,
    digest_info,
    recipes_of,
)
from conformance.testbed.rig import Rig
from conformance.testbed.signing import public_key

MESSAGE = b"Un patient, une ordonnance, une signature."
LENGTHS = [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 822, 2810, 1_048_576]
HASHED_ON_CARD = [CKM.SHA1_RSA_PKCS, CKM.SHA256_RSA_PKCS]
RAW = RECIPES[CKM.RSA_PKCS]


def private_key(p11: Module, session: int, names: KeyNames) -> int:
    return p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, names.private))


def sign_init(p11: Module, session: int, how: Mechanism, key: int) -> CKR:
    return p11.C_SignInit(session, ctypes.byref(how), key)


def sign(p11: Module, session: int, data: bytes | None, length: int, room: int) -> tuple[CKR, bytes, int]:
    """C_Sign into a buffer of that size; its answer, the buffer and the length it gave."""
    buffer, written = ctypes.create_string_buffer(room), ctypes.c_ulong(room)
    rv = p11.C_Sign(session, data, length, buffer, ctypes.byref(written))
    return rv, buffer.raw, written.value


# --- every mechanism


def test_every_signature_mechanism_with_every_key_that_can(p11: Module, user: int, card: Card) -> None:
    for recipe in recipes_of(card):
        for names in recipe.keys(card):
            key = private_key(p11, user, names)
            signature = p11.sign(user, key, recipe.mechanism(), recipe.data(MESSAGE))
            assert recipe.holds(card.public_key(names), MESSAGE, signature), f"{recipe.kind.name} {names.private}"


def test_every_signature_in_parts_is_as_good(p11: Module, user: int, card: Card) -> None:
    for recipe in recipes_of(card):
        for names in recipe.keys(card):
            data = recipe.data(MESSAGE)
            parts = [data[:1], data[1:20], b"", data[20:]]
            signature = p11.sign_parts(user, private_key(p11, user, names), recipe.mechanism(), parts)
            assert recipe.holds(card.public_key(names), MESSAGE, signature), f"{recipe.kind.name} {names.private}"


def test_the_module_verifies_what_it_signed_and_nothing_else(p11: Module, user: int, card: Card) -> None:
    for recipe in recipes_of(card):
        names = card.authentication
        data = recipe.data(MESSAGE)
        signature = p11.sign(user, private_key(p11, user, names), recipe.mechanism(), data)
        key = public_key(p11, user, names)
        assert p11.verify(user, key, recipe.mechanism(), data, signature) == CKR.OK
        broken = bytes([signature[0] ^ 1]) + signature[1:]
        assert p11.verify(user, key, recipe.mechanism(), data, broken) == CKR.SIGNATURE_INVALID
        other = recipe.data(b"another message")
        assert p11.verify(user, key, recipe.mechanism(), other, signature) == CKR.SIGNATURE_INVALID


def test_a_signature_is_verified_in_parts_and_without_login(p11: Module, user: int, card: Card) -> None:
    recipe, names = RECIPES[CKM.SHA256_RSA_PKCS], card.signature
    signature = p11.sign(user, private_key(p11, user, names), recipe.mechanism(), MESSAGE)
    p11.ok("C_Logout", user)
    how = recipe.mechanism()
    p11.ok("C_VerifyInit", user, ctypes.byref(how), public_key(p11, user, names))
    for at in range(0, len(MESSAGE), 10):
        part = MESSAGE[at : at + 10]
        p11.ok("C_VerifyUpdate", user, part, len(part))
    assert p11.C_VerifyFinal(user, signature, len(signature)) == CKR.OK


# --- every length


@pytest.mark.parametrize("kind", HASHED_ON_CARD, ids=lambda kind: kind.name)
@pytest.mark.parametrize("length", LENGTHS)
def test_the_signature_key_signs_messages_of_any_length(
    p11: Module, user: int, card: Card, kind: CKM, length: int
) -> None:
    """The original sends memory of the host to a CPS3 for an empty message, and gets the wrong signature."""
    recipe, message = RECIPES[kind], bytes(range(256)) * (length // 256 + 1)
    message = message[:length]
    key = private_key(p11, user, card.signature)
    whole = p11.sign(user, key, recipe.mechanism(), message)
    assert recipe.holds(card.public_key(card.signature), message, whole)
    parts = [message[at : at + 60_000] for at in range(0, length, 60_000)]
    assert p11.sign_parts(user, key, recipe.mechanism(), parts) == whole


def test_parts_of_any_size_make_the_same_signature(p11: Module, user: int, card: Card) -> None:
    recipe, message = RECIPES[CKM.SHA256_RSA_PKCS], bytes(range(200))
    key = private_key(p11, user, card.signature)
    whole = p11.sign(user, key, recipe.mechanism(), message)
    for size in (1, 7, 63, 64, 65, 128, 199):
        parts = [message[at : at + size] for at in range(0, len(message), size)]
        assert p11.sign_parts(user, key, recipe.mechanism(), parts) == whole


# --- CKM_RSA_PKCS


@pytest.mark.parametrize("words", [SHA1, SHA256], ids=["SHA-1", "SHA-256"])
def test_the_signature_key_takes_a_bare_digest_or_its_digest_info(
    p11: Module, user: int, card: Card, words: HashWords
) -> None:
    key, how = private_key(p11, user, card.signature), mechanism(CKM.RSA_PKCS)
    bare = p11.sign(user, key, how, words.of(MESSAGE))
    complete = p11.sign(user, key, how, digest_info(words, MESSAGE))
    assert bare == complete
    recipe = RECIPES[CKM.SHA1_RSA_PKCS if words is SHA1 else CKM.SHA256_RSA_PKCS]
    assert recipe.holds(card.public_key(card.signature), MESSAGE, bare)


@pytest.mark.parametrize("length", [1, 19, 21, 31, 33, 36, 50, 52, 100, 245])
def test_the_signature_key_takes_nothing_else(p11: Module, user: int, card: Card, length: int) -> None:
    p11.ok("C_SignInit", user, ctypes.byref(mechanism(CKM.RSA_PKCS)), private_key(p11, user, card.signature))
    assert sign(p11, user, b"\x30" * length, length, 256)[0] == CKR.DATA_INVALID


@pytest.mark.parametrize("words", [SHA384, SHA512], ids=["SHA-384", "SHA-512"])
def test_the_signature_key_takes_no_longer_digest_info(p11: Module, user: int, card: Card, words: HashWords) -> None:
    data = digest_info(words, MESSAGE)
    p11.ok("C_SignInit", user, ctypes.byref(mechanism(CKM.RSA_PKCS)), private_key(p11, user, card.signature))
    assert sign(p11, user, data, len(data), 256)[0] == CKR.DATA_INVALID


@pytest.mark.parametrize("length", [1, 20, 33, 36, 51, 83, 102, 245])
def test_the_authentication_key_takes_any_block_that_fits(p11: Module, user: int, card: Card, length: int) -> None:
    data = bytes(range(1, length + 1))
    signature = p11.sign(user, private_key(p11, user, card.authentication), mechanism(CKM.RSA_PKCS), data)
    numbers = card.public_key(card.authentication).public_numbers()
    block = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    assert block == b"\x00\x01" + b"\xff" * (253 - length) + b"\x00" + data


@pytest.mark.parametrize("length", [246, 256, 512, 513, 4096])
def test_a_block_that_does_not_fit_is_refused_before_the_card(
    p11: Module, user: int, card: Card, rig: Rig, length: int
) -> None:
    how, key = mechanism(CKM.RSA_PKCS), private_key(p11, user, card.authentication)
    p11.ok("C_SignInit", user, ctypes.byref(how), key)
    rig.clear_log()
    assert sign(p11, user, bytes(length), length, 256)[0] == CKR.DATA_LEN_RANGE
    assert rig.apdu_count() == 0
    assert sign_init(p11, user, how, key) == CKR.OK, "the refusal ended the operation"


# --- CKM_RSA_PKCS_PSS


@pytest.mark.parametrize("words", HASHES, ids=lambda words: words.algorithm.name)
def test_a_digest_is_signed_with_pss_by_the_keys_that_can(p11: Module, user: int, card: Card, words: HashWords) -> None:
    recipe = replace(RECIPES[CKM.RSA_PKCS_PSS], words=words, both_keys=words in (SHA1, SHA256))
    for names in card.keys:
        key = private_key(p11, user, names)
        if not recipe.is_on(card):
            assert sign_init(p11, user, recipe.mechanism(), key) == CKR.MECHANISM_INVALID
        elif names in recipe.keys(card):
            signature = p11.sign(user, key, recipe.mechanism(), recipe.data(MESSAGE))
            assert recipe.holds(card.public_key(names), MESSAGE, signature)
        else:
            assert sign_init(p11, user, recipe.mechanism(), key) == CKR.MECHANISM_PARAM_INVALID


@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        (CKM.RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA1, 32)),
        (CKM.RSA_PKCS_PSS, pss(CKM.MD5, CKG.MGF1_SHA1, 16)),
        (CKM.RSA_PKCS_PSS, pss(CKM.SHA256, 99, 32)),
        (CKM.RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA256, 20)),
        (CKM.RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA256, 0xFFFF_FFFF)),
        (CKM.SHA256_RSA_PKCS_PSS, pss(CKM.SHA_1, CKG.MGF1_SHA1, 20)),
        (CKM.SHA256_RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA1, 32)),
        (CKM.SHA1_RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA256, 32)),
        (CKM.SHA1_RSA_PKCS_PSS, pss(CKM.SHA_1, CKG.MGF1_SHA1, 0)),
        (CKM.SHA256_RSA_PKCS_PSS, None),
        (CKM.RSA_PKCS_PSS, None),
    ],
    ids=[
        "MGF of another hash", "hash unknown", "MGF unknown", "salt too short", "salt endless",
        "hash of another mechanism", "MGF of another mechanism", "SHA-256 for SHA-1", "no salt", "no parameter",
        "no parameter, raw",
    ],
)  # fmt: skip
def test_a_pss_parameter_that_the_card_would_not_honour_is_refused(
    p11: Module, user: int, card: Card, kind: CKM, parameter: ctypes.Structure | None
) -> None:
    """The original ignores MGF and salt length: the signature is then not the one that was asked for."""
    refusal = CKR.MECHANISM_PARAM_INVALID if card.has_pss else CKR.MECHANISM_INVALID
    how = mechanism(kind, parameter)
    assert sign_init(p11, user, how, private_key(p11, user, card.signature)) == refusal


def test_a_pss_parameter_cut_short_is_refused(p11: Module, user: int, card: Card) -> None:
    refusal = CKR.MECHANISM_PARAM_INVALID if card.has_pss else CKR.MECHANISM_INVALID
    how = mechanism(CKM.SHA256_RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA256, 32))
    for length in (0, 8, 23, 25, 124):
        how.ulParameterLen = length
        assert sign_init(p11, user, how, private_key(p11, user, card.authentication)) == refusal


def test_a_pss_digest_must_have_the_length_of_its_hash(p11: Module, user: int, card: Card) -> None:
    if CKM.RSA_PKCS_PSS not in p11.mechanisms(p11.slots()[0]):
        assert not card.has_pss
        return
    how = RECIPES[CKM.RSA_PKCS_PSS].mechanism()
    for names in card.keys:
        for length in (0, 20, 31, 33, 64):
            p11.ok("C_SignInit", user, ctypes.byref(how), private_key(p11, user, names))
            assert sign(p11, user, bytes(length), length, 256)[0] == CKR.DATA_LEN_RANGE


# --- keys and mechanisms that do not go together


def test_the_signature_key_refuses_what_only_the_authentication_key_can(p11: Module, user: int, card: Card) -> None:
    key = private_key(p11, user, card.signature)
    for recipe in recipes_of(card):
        if not recipe.both_keys:
            assert sign_init(p11, user, recipe.mechanism(), key) == CKR.MECHANISM_INVALID, recipe.kind.name


def test_what_this_card_cannot_do_is_an_invalid_mechanism(p11: Module, user: int, card: Card) -> None:
    possible = {recipe.kind for recipe in recipes_of(card)}
    for names in card.keys:
        key = private_key(p11, user, names)
        for kind in {*RECIPES, CKM.RSA_PKCS_KEY_PAIR_GEN, CKM.MD5, CKM.SHA256, CKM.RSA_PKCS_OAEP} - possible:
            how = RECIPES[kind].mechanism() if kind in RECIPES else mechanism(kind)
            assert sign_init(p11, user, how, key) == CKR.MECHANISM_INVALID, kind.name


def test_a_key_must_be_a_private_key_to_sign_and_a_public_one_to_verify(p11: Module, user: int, card: Card) -> None:
    how = mechanism(CKM.SHA1_RSA_PKCS)
    certificate = p11.one(user, (CKA.CLASS, CKO.CERTIFICATE), (CKA.ID, card.authentication.id))
    public, private = public_key(p11, user, card.authentication), private_key(p11, user, card.authentication)
    assert sign_init(p11, user, how, public) == CKR.KEY_TYPE_INCONSISTENT
    assert sign_init(p11, user, how, certificate) == CKR.KEY_TYPE_INCONSISTENT
    assert p11.C_VerifyInit(user, ctypes.byref(how), private) == CKR.KEY_TYPE_INCONSISTENT
    assert sign_init(p11, user, how, 0) == CKR.KEY_HANDLE_INVALID
    assert p11.C_VerifyInit(user, ctypes.byref(how), 9999) == CKR.KEY_HANDLE_INVALID


def test_checks_come_in_their_order_session_key_login_mechanism(p11: Module, user: int, card: Card) -> None:
    key, unknown = private_key(p11, user, card.authentication), mechanism(CKM.RSA_PKCS_KEY_PAIR_GEN)
    assert sign_init(p11, 999, unknown, 0) == CKR.SESSION_HANDLE_INVALID
    assert sign_init(p11, user, unknown, 0) == CKR.KEY_HANDLE_INVALID
    assert sign_init(p11, user, unknown, key) == CKR.MECHANISM_INVALID
    p11.ok("C_Logout", user)
    assert sign_init(p11, user, mechanism(CKM.RSA_PKCS), key) == CKR.USER_NOT_LOGGED_IN


# --- buffers and the life of an operation


def test_asking_for_the_length_never_touches_the_card(p11: Module, user: int, card: Card, rig: Rig) -> None:
    data, length = RAW.data(MESSAGE), ctypes.c_ulong()
    for names in card.keys:
        p11.ok("C_SignInit", user, ctypes.byref(RAW.mechanism()), private_key(p11, user, names))
        rig.clear_log()
        assert p11.C_Sign(user, data, len(data), None, ctypes.byref(length)) == CKR.OK
        assert length.value == 256
        for short in (0, 1, 255):
            rv, buffer, written = sign(p11, user, data, len(data), short)
            assert (rv, written) == (CKR.BUFFER_TOO_SMALL, 256)
            assert buffer == bytes(short)
        assert rig.apdu_count() == 0
        assert sign(p11, user, data, len(data), 256)[0] == CKR.OK


@pytest.mark.parametrize("room", [256, 257, 512, 4096])
def test_a_buffer_larger_than_the_signature_is_welcome(p11: Module, user: int, card: Card, room: int) -> None:
    """The original refuses it on a CPS4 with the authentication key, and with that OpenSSL, curl and S/MIME."""
    for names in card.keys:
        signature = p11.sign(user, private_key(p11, user, names), RAW.mechanism(), RAW.data(MESSAGE), room)
        assert len(signature) == 256
        assert RAW.holds(card.public_key(names), MESSAGE, signature)


def test_a_length_query_after_the_data_keeps_the_data(p11: Module, user: int, card: Card, rig: Rig) -> None:
    recipe, length = RECIPES[CKM.SHA256_RSA_PKCS], ctypes.c_ulong()
    p11.ok("C_SignInit", user, ctypes.byref(recipe.mechanism()), private_key(p11, user, card.signature))
    p11.ok("C_SignUpdate", user, MESSAGE, len(MESSAGE))
    rig.clear_log()
    assert p11.C_SignFinal(user, None, ctypes.byref(length)) == CKR.OK
    short = ctypes.create_string_buffer(250)
    assert p11.C_SignFinal(user, short, ctypes.byref(ctypes.c_ulong(250))) == CKR.BUFFER_TOO_SMALL
    assert p11.C_SignFinal(user, short, None) == CKR.ARGUMENTS_BAD
    assert rig.apdu_count() == 0
    signature = p11.output(256, "C_SignFinal", user)
    assert recipe.holds(card.public_key(card.signature), MESSAGE, signature)


def test_bad_arguments_keep_the_operation(p11: Module, user: int, card: Card) -> None:
    data, length = RAW.data(MESSAGE), ctypes.c_ulong(256)
    p11.ok("C_SignInit", user, ctypes.byref(RAW.mechanism()), private_key(p11, user, card.authentication))
    assert p11.C_Sign(user, None, 16, None, None) == CKR.ARGUMENTS_BAD
    assert p11.C_Sign(user, data, 0, None, ctypes.byref(length)) == CKR.OK
    assert sign(p11, user, data, 0, 0)[0] == CKR.BUFFER_TOO_SMALL
    assert sign(p11, user, None, 0, 256)[0] == CKR.ARGUMENTS_BAD
    rv, signature, _ = sign(p11, user, data, len(data), 256)
    assert rv == CKR.OK
    assert RAW.holds(card.public_key(card.authentication), MESSAGE, signature)


def test_one_operation_at_a_time(p11: Module, slot: int, user: int, card: Card) -> None:
    key = private_key(p11, user, card.authentication)
    data = RAW.data(MESSAGE)
    p11.ok("C_SignInit", user, ctypes.byref(RAW.mechanism()), key)
    assert sign_init(p11, user, mechanism(CKM.RSA_X_509), key) == CKR.OPERATION_ACTIVE
    other = p11.open(slot)
    assert sign_init(p11, other, RAW.mechanism(), key) == CKR.OK, "each session has an operation of its own"
    assert p11.digest(user, mechanism(CKM.SHA256), MESSAGE) == SHA256.of(MESSAGE), "a digest may run beside it"
    rv, signature, _ = sign(p11, user, data, len(data), 256)
    assert rv == CKR.OK
    assert RAW.holds(card.public_key(card.authentication), MESSAGE, signature)
    assert sign(p11, user, data, len(data), 256)[0] == CKR.OPERATION_NOT_INITIALIZED


def test_nothing_is_signed_without_an_operation(p11: Module, user: int) -> None:
    length, buffer = ctypes.c_ulong(256), ctypes.create_string_buffer(256)
    assert sign(p11, user, MESSAGE, 16, 256)[0] == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_SignUpdate(user, MESSAGE, 16) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_SignFinal(user, buffer, ctypes.byref(length)) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_Verify(user, MESSAGE, 16, buffer, 256) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_VerifyUpdate(user, MESSAGE, 16) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_VerifyFinal(user, buffer, 256) == CKR.OPERATION_NOT_INITIALIZED


def test_a_signature_of_wrong_length_ends_the_verification(p11: Module, session: int, card: Card) -> None:
    key, how, data = public_key(p11, session, card.authentication), RAW.mechanism(), RAW.data(MESSAGE)
    for length in (0, 124, 255, 257):
        p11.ok("C_VerifyInit", session, ctypes.byref(how), key)
        assert p11.C_Verify(session, data, len(data), bytes(300), length) == CKR.SIGNATURE_LEN_RANGE
        assert p11.C_Verify(session, data, len(data), bytes(300), 256) == CKR.OPERATION_NOT_INITIALIZED
    p11.ok("C_VerifyInit", session, ctypes.byref(how), key)
    assert p11.C_Verify(session, None, 16, None, 256) == CKR.ARGUMENTS_BAD
    assert p11.C_Verify(session, bytes(513), 513, bytes(128), 128) == CKR.DATA_LEN_RANGE
    assert p11.C_Verify(session, data, len(data), bytes(256), 256) == CKR.OPERATION_NOT_INITIALIZED


def test_closing_the_session_forgets_the_operation(p11: Module, slot: int, user: int, card: Card) -> None:
    key = private_key(p11, user, card.signature)
    p11.ok("C_SignInit", user, ctypes.byref(RECIPES[CKM.SHA256_RSA_PKCS].mechanism()), key)
    p11.ok("C_SignUpdate", user, MESSAGE, len(MESSAGE))
    p11.ok("C_CloseAllSessions", slot)
    with pytest.raises(Refused, match="USER_NOT_LOGGED_IN"):
        p11.sign(p11.open(slot), key, RAW.mechanism(), RAW.data(MESSAGE))
