"""Keys with other lengths and references, and long certificates: every signature verifies."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import load_der_x509_certificate

from cryptolib.cryptoki.attributes import ulong
from cryptolib.cryptoki.constants import (
    CKA_MODULUS_BITS,
    CKA_VALUE,
    CKM_RSA_PKCS,
    CKM_SHA256_RSA_PKCS,
    CKR_DATA_INVALID,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from tests.support import AUTHENTICATION, CARDS, PIN, SIGNATURE, labelled, opened, secret
from tests.token.test_signing import CERTIFICATES, LABELS, MESSAGE, check, data_for, sign
from tests.token.test_varied_paths import logged_in


@pytest.mark.parametrize("role", [SIGNATURE, AUTHENTICATION])
@pytest.mark.parametrize("modulus", ["2048:3072", "3072", "4096", "4096:3072"])
@pytest.mark.parametrize("card", CARDS)
def test_keys_of_other_lengths_sign(card: str, modulus: str, role: str) -> None:
    bits, _, size = modulus.partition(":")
    token = logged_in(card, f"modulus={modulus}")
    der = labelled(token, CERTIFICATES[role]).value(CKA_VALUE)
    assert len(der) > int(size or "0")
    key = load_der_x509_certificate(der).public_key()
    assert isinstance(key, RSAPublicKey)
    assert labelled(token, LABELS[role]).value(CKA_MODULUS_BITS) == ulong(int(bits))
    signature = sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
    assert len(signature) == int(bits) // 8
    key.verify(signature, hashlib.sha256(MESSAGE).digest(), padding.PKCS1v15(), Prehashed(hashes.SHA256()))


@pytest.mark.parametrize(
    ("card", "numbers"), [("cps3", "85,8A"), ("cps3", "90,FF"), ("cps4", "11,21"), ("cps4", "01,7F")]
)
def test_keys_of_other_references_sign(card: str, numbers: str) -> None:
    token = logged_in(card, f"key-references={numbers}")
    for role in (SIGNATURE, AUTHENTICATION):
        key = load_der_x509_certificate(labelled(token, CERTIFICATES[role]).value(CKA_VALUE)).public_key()
        assert isinstance(key, RSAPublicKey)
        signature = sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        key.verify(signature, hashlib.sha256(MESSAGE).digest(), padding.PKCS1v15(), Prehashed(hashes.SHA256()))


@pytest.mark.parametrize("card", CARDS)
def test_algorithms_may_have_other_references(card: str) -> None:
    """The card states them in TokenInfo, which is believed once it refuses the usual ones."""
    _connection, token = opened(card, "algorithms=1")
    token.log_in(CKU_USER, secret(PIN))
    for mechanism in (CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS):
        for _signature in range(3):
            data = data_for(mechanism)
            check(card, SIGNATURE, mechanism, sign(token, SIGNATURE, mechanism, data), data)


@pytest.mark.parametrize("card", CARDS)
def test_a_refusal_stays_one_where_the_card_states_nothing_else(card: str) -> None:
    connection, token = opened(card)
    token.log_in(CKU_USER, secret(PIN))
    connection.refuse(0x22, 0x6A80)
    data = data_for(CKM_RSA_PKCS)
    with pytest.raises(CryptokiError) as caught:
        sign(token, SIGNATURE, CKM_RSA_PKCS, data)
    assert caught.value.code == CKR_DATA_INVALID
    connection.obey()
    check(card, SIGNATURE, CKM_RSA_PKCS, sign(token, SIGNATURE, CKM_RSA_PKCS, data), data)


@pytest.mark.parametrize("card", CARDS)
def test_a_card_that_takes_neither_is_asked_for_the_usual_ones_again(card: str) -> None:
    connection, token = opened(card, "algorithms=1")
    token.log_in(CKU_USER, secret(PIN))
    connection.refuse(0x22, 0x6A80)
    data = data_for(CKM_RSA_PKCS)
    for _attempt in range(2):
        with pytest.raises(CryptokiError) as caught:
            sign(token, SIGNATURE, CKM_RSA_PKCS, data)
        assert caught.value.code == CKR_DATA_INVALID
    connection.obey()
    check(card, SIGNATURE, CKM_RSA_PKCS, sign(token, SIGNATURE, CKM_RSA_PKCS, data), data)
