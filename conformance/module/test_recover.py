"""Signatures that give their data back: with the key that signs data as they stand (PKCS#11 3.2, 5.13.5 and 5.15.5)."""

import ctypes

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKM, CKR, Mechanism
from conformance.testbed.rig import Rig
from conformance.testbed.signing import private_key, public_key

PKCS1 = ctypes.byref(Mechanism(CKM.RSA_PKCS))
X_509 = ctypes.byref(Mechanism(CKM.RSA_X_509))
MESSAGE = b"Repos et grand air"


def recoverable(p11: Module, user: int, card: Card, message: bytes = MESSAGE) -> bytes:
    p11.ok("C_SignRecoverInit", user, PKCS1, private_key(p11, user, card.authentication))
    return p11.output(256, "C_SignRecover", user, message, len(message))


def recovered(p11: Module, user: int, card: Card, signature: bytes, room: int = 256) -> bytes:
    p11.ok("C_VerifyRecoverInit", user, PKCS1, public_key(p11, user, card.authentication))
    return p11.output(room, "C_VerifyRecover", user, signature, len(signature))


@pytest.mark.parametrize("message", [b"\0", b"\0\0\0", MESSAGE, bytes(range(245))], ids=len)
def test_a_signature_gives_its_data_back(p11: Module, user: int, card: Card, message: bytes) -> None:
    assert recovered(p11, user, card, recoverable(p11, user, card, message)) == message


def test_it_is_the_signature_that_sign_makes(p11: Module, user: int, card: Card) -> None:
    key = private_key(p11, user, card.authentication)
    assert recoverable(p11, user, card) == p11.sign(user, key, Mechanism(CKM.RSA_PKCS), MESSAGE)


def test_a_whole_block_is_given_back_where_the_key_takes_one(p11: Module, user: int, card: Card) -> None:
    key = private_key(p11, user, card.authentication)
    if not card.has_raw_rsa:
        assert p11.C_SignRecoverInit(user, X_509, key) == CKR.MECHANISM_INVALID
        return
    block = b"\0" + bytes(range(255))
    p11.ok("C_SignRecoverInit", user, X_509, key)
    signature = p11.output(256, "C_SignRecover", user, block, len(block))
    p11.ok("C_VerifyRecoverInit", user, X_509, public_key(p11, user, card.authentication))
    assert p11.output(256, "C_VerifyRecover", user, signature, len(signature)) == block


def test_the_signature_key_takes_digests_and_gives_nothing_back(p11: Module, user: int, card: Card) -> None:
    private, public = private_key(p11, user, card.signature), public_key(p11, user, card.signature)
    assert p11.C_SignRecoverInit(user, PKCS1, private) == CKR.KEY_FUNCTION_NOT_PERMITTED
    assert p11.C_VerifyRecoverInit(user, PKCS1, public) == CKR.KEY_FUNCTION_NOT_PERMITTED


def test_what_is_no_signature_gives_nothing(p11: Module, user: int, card: Card) -> None:
    public = public_key(p11, user, card.authentication)
    room, length = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    for signature, expected in (
        (bytes(range(256)), CKR.SIGNATURE_INVALID),
        (b"\xff" * 256, CKR.SIGNATURE_INVALID),
        (bytes(255), CKR.SIGNATURE_LEN_RANGE),
        (bytes(257), CKR.SIGNATURE_LEN_RANGE),
    ):
        p11.ok("C_VerifyRecoverInit", user, PKCS1, public)
        code = p11.C_VerifyRecover(user, signature, len(signature), room, ctypes.byref(length))
        assert code == expected, len(signature)


def test_lengths_are_asked_for_without_the_card(p11: Module, user: int, card: Card, rig: Rig) -> None:
    p11.ok("C_SignRecoverInit", user, PKCS1, private_key(p11, user, card.authentication))
    rig.clear_log()
    length = ctypes.c_ulong(0)
    p11.ok("C_SignRecover", user, MESSAGE, len(MESSAGE), None, ctypes.byref(length))
    assert length.value == 256
    short = ctypes.create_string_buffer(10)
    length.value = 10
    assert p11.C_SignRecover(user, MESSAGE, len(MESSAGE), short, ctypes.byref(length)) == CKR.BUFFER_TOO_SMALL
    assert rig.apdu_count() == 0
    assert p11.C_SignRecoverInit(user, PKCS1, private_key(p11, user, card.authentication)) == CKR.OPERATION_ACTIVE


def test_without_login_there_is_none(p11: Module, session: int, card: Card) -> None:
    assert p11.C_SignRecover(session, MESSAGE, 1, None, ctypes.byref(ctypes.c_ulong())) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_VerifyRecoverInit(session, PKCS1, public_key(p11, session, card.authentication)) == CKR.OK
