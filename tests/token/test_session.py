"""A session: states, rights, operations under way, and which objects and mechanisms it gives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import (
    CKF_DECRYPT,
    CKF_DIGEST,
    CKF_RW_SESSION,
    CKF_SERIAL_SESSION,
    CKF_SIGN,
    CKM_RSA_PKCS,
    CKM_RSA_X_509,
    CKM_SHA256,
    CKM_SHA256_RSA_PKCS,
    CKR_KEY_HANDLE_INVALID,
    CKR_MECHANISM_INVALID,
    CKR_OBJECT_HANDLE_INVALID,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_SESSION_READ_ONLY,
    CKR_SESSION_READ_ONLY_EXISTS,
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN,
    CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TYPE_INVALID,
    CKS_RO_PUBLIC_SESSION,
    CKS_RO_USER_FUNCTIONS,
    CKS_RW_PUBLIC_SESSION,
    CKS_RW_SO_FUNCTIONS,
    CKS_RW_USER_FUNCTIONS,
    CKU_CONTEXT_SPECIFIC,
    CKU_SO,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.table import MECHANISMS
from cryptolib.token.session import Session
from cryptolib.token.slot import Slot
from tests.mechanisms.keys import without_parameter
from tests.support import PIN, PUK, VirtualReaders, secret


def session(profile: str = "cps3", writable: bool = True, read_only_elsewhere: bool = False) -> Session:
    readers = VirtualReaders()
    reader = readers.add("Reader", profile)
    slot = Slot(0, "Reader", readers.connect, driver_of)
    slot.arrive(reader.state().insertion, reader.state().atr)
    slot.sessions.add(1)
    return Session(1, slot, writable, lambda _slot: read_only_elsewhere)


def test_the_state_follows_the_login() -> None:
    for writable, public, user in (
        (False, CKS_RO_PUBLIC_SESSION, CKS_RO_USER_FUNCTIONS),
        (True, CKS_RW_PUBLIC_SESSION, CKS_RW_USER_FUNCTIONS),
    ):
        one = session(writable=writable)
        assert one.state() == public
        one.token.log_in(CKU_USER, secret(PIN))
        assert one.state() == user
    officer = session()
    officer.token.log_in(CKU_SO, secret(PUK))
    assert officer.state() == CKS_RW_SO_FUNCTIONS


def test_the_state_asks_no_card_for_its_token() -> None:
    readers = VirtualReaders()
    reader = readers.add("Reader", "cps3")
    slot = Slot(0, "Reader", readers.connect, driver_of)
    slot.arrive(reader.state().insertion, reader.state().atr)
    assert Session(1, slot, True, lambda _slot: False).state() == CKS_RW_PUBLIC_SESSION
    assert reader.connections == []


def test_only_a_read_write_session_writes() -> None:
    reading, writing = session(writable=False), session(writable=True)
    assert reading.flags() == CKF_SERIAL_SESSION
    assert writing.flags() == CKF_SERIAL_SESSION | CKF_RW_SESSION
    writing.require_writable()
    with pytest.raises(CryptokiError) as caught:
        reading.require_writable()
    assert caught.value.code == CKR_SESSION_READ_ONLY


def refused(work: Callable[[], object]) -> int:
    with pytest.raises(CryptokiError) as caught:
        work()
    return caught.value.code


@pytest.mark.parametrize(
    ("profile", "user", "code"),
    [
        ("cps3", CKU_CONTEXT_SPECIFIC, CKR_OPERATION_NOT_INITIALIZED),
        ("cps3", 3, CKR_USER_TYPE_INVALID),
        ("cps3cl", CKU_USER, CKR_USER_PIN_NOT_INITIALIZED),
    ],
)
def test_a_user_without_a_code_is_refused(profile: str, user: int, code: int) -> None:
    one = session(profile)
    assert refused(lambda: one.require_code(user)) == code


def test_the_security_officer_does_not_log_in_beside_a_read_only_session() -> None:
    one = session(read_only_elsewhere=True)
    assert refused(lambda: one.log_in(CKU_SO, secret(PUK))) == CKR_SESSION_READ_ONLY_EXISTS
    one.log_in(CKU_USER, secret(PIN))
    assert refused(lambda: one.log_in(CKU_SO, secret(PUK))) == CKR_USER_ANOTHER_ALREADY_LOGGED_IN


@pytest.mark.parametrize(
    ("read_only", "code"), [(True, CKR_SESSION_READ_ONLY_EXISTS), (False, CKR_USER_PIN_NOT_INITIALIZED)]
)
def test_on_a_card_without_codes_the_read_only_session_counts_first(read_only: bool, code: int) -> None:
    one = session("cps3cl", read_only_elsewhere=read_only)
    one.require_code(CKU_SO)
    assert refused(lambda: one.log_in(CKU_SO, secret(PUK))) == code


@pytest.mark.parametrize("handle", [0, 999, 1 << 63])
def test_unknown_handles_are_refused(handle: int) -> None:
    one = session()
    with pytest.raises(CryptokiError) as as_object:
        one.object(handle)
    with pytest.raises(CryptokiError) as as_key:
        one.key(handle)
    assert (as_object.value.code, as_key.value.code) == (CKR_OBJECT_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID)


def test_hidden_objects_are_not_there_and_hidden_keys_ask_for_the_login() -> None:
    one = session()
    with pytest.raises(CryptokiError) as as_object:
        one.object(1)
    with pytest.raises(CryptokiError) as as_key:
        one.key(1)
    assert (as_object.value.code, as_key.value.code) == (CKR_OBJECT_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN)
    assert one.object(2).label == "Certificat de Signature CPS"
    one.token.log_in(CKU_USER, secret(PIN))
    assert one.object(1) is one.key(1)


@pytest.mark.parametrize(
    ("profile", "mechanism", "usage", "offered"),
    [
        ("cps3", CKM_SHA256_RSA_PKCS, CKF_SIGN, True),
        ("cps3", CKM_SHA256_RSA_PKCS, CKF_DECRYPT, False),
        ("cps3", CKM_RSA_X_509, CKF_SIGN, False),
        ("cps4", CKM_RSA_X_509, CKF_SIGN, True),
        ("cps4", CKM_RSA_PKCS, CKF_DIGEST, False),
        ("cps4", CKM_SHA256, CKF_DIGEST, True),
        ("cps4", 0x80000001, CKF_SIGN, False),
    ],
)
def test_mechanisms_are_those_of_the_card_for_that_use(profile: str, mechanism: int, usage: int, offered: bool) -> None:
    one = session(profile)
    if offered:
        assert one.mechanism(without_parameter(mechanism), usage) is MECHANISMS[mechanism]
        return
    with pytest.raises(CryptokiError) as caught:
        one.mechanism(without_parameter(mechanism), usage)
    assert caught.value.code == CKR_MECHANISM_INVALID
