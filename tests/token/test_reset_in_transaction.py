"""Another program resets the card, or takes its power, while ours has it: pcscd allows it in one short moment."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from cryptolib.cryptoki.constants import (
    CKA_VALUE,
    CKM_SHA256_RSA_PKCS,
    CKR_DEVICE_ERROR,
    CKR_PIN_INCORRECT,
    CKR_USER_NOT_LOGGED_IN,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.table import MECHANISMS
from cryptolib.token.objects import PrivateKeyObject
from cryptolib.token.token import Token
from tests.mechanisms.keys import without_parameter
from tests.support import CARDS, PIN, SIGNATURE, WRONG_PIN, VirtualConnection, labelled, opened, secret
from tests.token.labels import CERTIFICATES, PRIVATE_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(params=CARDS)
def pair(request: pytest.FixtureRequest) -> tuple[VirtualConnection, Token]:
    return opened(request.param)


def sign(token: Token) -> bytes:
    key = labelled(token, PRIVATE_KEYS[SIGNATURE])
    assert isinstance(key, PrivateKeyObject)
    operation = MECHANISMS[CKM_SHA256_RSA_PKCS].signer(key, without_parameter(CKM_SHA256_RSA_PKCS))
    operation.update(b"ordonnance")
    return operation.finish()


def refusal(call: Callable[[], object]) -> int | None:
    """The CKR_ value of a call that is refused."""
    try:
        call()
    except CryptokiError as error:
        return error.code
    return None


def test_a_login_goes_on(pair: tuple[VirtualConnection, Token]) -> None:
    connection, token = pair
    connection.reset_during(0)
    token.log_in(CKU_USER, secret(PIN))
    assert token.user() == CKU_USER
    assert sign(token)


def test_a_login_after_another_reset_goes_on(pair: tuple[VirtualConnection, Token]) -> None:
    """A CPS4 is told again which application is meant: that may be cut as well."""
    connection, token = pair
    connection.reset_elsewhere()
    connection.reset_during(0)
    token.log_in(CKU_USER, secret(PIN))
    assert sign(token)


def test_a_wrong_code_spends_one_try(pair: tuple[VirtualConnection, Token]) -> None:
    connection, token = pair
    connection.reset_during(0)
    assert refusal(lambda: token.log_in(CKU_USER, secret(WRONG_PIN))) == CKR_PIN_INCORRECT
    assert connection.card.pin_tries == 2


def test_a_code_is_not_presented_twice_when_a_try_may_be_gone(pair: tuple[VirtualConnection, Token]) -> None:
    connection, token = pair
    assert refusal(lambda: token.log_in(CKU_USER, secret(WRONG_PIN))) == CKR_PIN_INCORRECT
    connection.reset_during(0)
    assert refusal(lambda: token.log_in(CKU_USER, secret(WRONG_PIN))) == CKR_DEVICE_ERROR
    assert connection.card.pin_tries == 2
    token.log_in(CKU_USER, secret(PIN))


def test_what_needs_no_login_goes_on(pair: tuple[VirtualConnection, Token]) -> None:
    connection, token = pair
    for number in itertools.count():
        connection.reset_during(number)
        connection.forget()
        assert len(token.random(16)) == 16
        token.contents.forget()
        assert labelled(token, CERTIFICATES[SIGNATURE]).value(CKA_VALUE)
        token.flags()
        if len(connection.commands) < number:
            break
    assert number > 3


def test_the_login_is_lost_and_nothing_else(pair: tuple[VirtualConnection, Token]) -> None:
    connection, token = pair
    for number in itertools.count():
        token.log_in(CKU_USER, secret(PIN))
        connection.reset_during(number)
        refused = refusal(lambda: sign(token))
        if refused is None:
            break
        assert refused == CKR_USER_NOT_LOGGED_IN
        assert token.user() is None
    assert number > 0
