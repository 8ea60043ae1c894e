"""The whole way of a signature above the card: token, key, mechanism, driver; and what it costs and survives."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from cryptolib.cryptoki import constants
from cryptolib.cryptoki.attributes import ulong
from cryptolib.cryptoki.constants import (
    CKA_VALUE,
    CKM_RSA_PKCS,
    CKM_SHA256,
    CKR_DEVICE_REMOVED,
    CKR_USER_NOT_LOGGED_IN,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.cryptoki.parameters import CkMechanism
from cryptolib.mechanisms.hashes import BY_MECHANISM, HASHES
from cryptolib.mechanisms.table import MECHANISMS
from cryptolib.token.objects import PrivateKeyObject
from cryptolib.token.token import Token
from tests.support import AUTHENTICATION, CARDS, PIN, SIGNATURE, VirtualConnection, labelled, opened, public_key, secret

NAMES = {value: name for name, value in vars(constants).items() if name.startswith("CKM_")}
LABELS = {SIGNATURE: "CPS_PRIV_SIG", AUTHENTICATION: "CPS_PRIV_AUT"}
CERTIFICATES = {SIGNATURE: "Certificat de Signature CPS", AUTHENTICATION: "Certificat d'Authentification CPS"}
ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    "SHA-1": hashes.SHA1(),
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}
MESSAGE = b"ordonnance" * 7
SHA256_OF_MESSAGE = hashlib.sha256(MESSAGE).digest()


def pss_parameter(mechanism: int) -> CkMechanism:
    """Parameters for a PSS mechanism; others look at none."""
    name = NAMES[mechanism].replace("CKM_SHA1_", "CKM_SHA_1_")
    own = next((function for function in HASHES if name.startswith(NAMES[function.mechanism] + "_")), None)
    function = own or BY_MECHANISM[CKM_SHA256]
    content = ulong(function.mechanism) + ulong(function.mgf) + ulong(function.size)
    return CkMechanism(mechanism, 1, len(content), lambda _address, length: content[:length])


def logged_in(profile: str) -> tuple[VirtualConnection, Token]:
    connection, token = opened(profile)
    token.log_in(CKU_USER, secret(PIN))
    return connection, token


def key(token: Token, role: str) -> PrivateKeyObject:
    item = labelled(token, LABELS[role])
    assert isinstance(item, PrivateKeyObject)
    return item


def sign(token: Token, role: str, mechanism: int, message: bytes) -> bytes:
    operation = MECHANISMS[mechanism].signer(key(token, role), pss_parameter(mechanism))
    operation.update(message)
    return operation.finish()


def check(profile: str, role: str, mechanism: int, signature: bytes, message: bytes) -> None:
    """Raises InvalidSignature; done by a library that knows nothing of cards."""
    reference, name = public_key(profile, role), NAMES[mechanism]
    if name == "CKM_RSA_X_509":
        numbers = reference.public_numbers()
        assert pow(int.from_bytes(signature, "big"), numbers.e, numbers.n) == int.from_bytes(message, "big")
    elif name == "CKM_RSA_PKCS":
        reference.verify(signature, SHA256_OF_MESSAGE, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    elif name == "CKM_RSA_PKCS_PSS":
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        reference.verify(signature, SHA256_OF_MESSAGE, pss, Prehashed(hashes.SHA256()))
    else:
        algorithm = ALGORITHMS["SHA-" + name.removeprefix("CKM_SHA").split("_")[0]]
        pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        reference.verify(signature, message, pss if name.endswith("PSS") else padding.PKCS1v15(), algorithm)


def data_for(mechanism: int) -> bytes:
    if NAMES[mechanism] == "CKM_RSA_PKCS":
        return BY_MECHANISM[CKM_SHA256].prefix + SHA256_OF_MESSAGE
    return SHA256_OF_MESSAGE if NAMES[mechanism] in ("CKM_RSA_PKCS_PSS", "CKM_RSA_X_509") else MESSAGE


@pytest.mark.parametrize("role", LABELS)
@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("certificate_read", [False, True])
def test_every_mechanism_of_every_key(profile: str, role: str, certificate_read: bool) -> None:
    """Before the certificate was read and after: then the result is proved with its key."""
    _connection, token = logged_in(profile)
    if certificate_read:
        labelled(token, CERTIFICATES[role]).value(CKA_VALUE)
    able = [number for number, mechanism in MECHANISMS.items() if mechanism.signs(key(token, role).schemes)]
    assert able
    for mechanism in able:
        for _again in range(2):
            data = data_for(mechanism)
            check(profile, role, mechanism, sign(token, role, mechanism, data), data)


@pytest.mark.parametrize(
    ("profile", "role", "expected"),
    [
        ("cps3", SIGNATURE, [4, 3, 3]),
        ("cps3", AUTHENTICATION, [4, 2, 2]),
        ("cps4", SIGNATURE, [2, 2, 2]),
        ("cps4", AUTHENTICATION, [3, 2, 2]),
    ],
)
def test_a_signature_sends_so_many_commands(profile: str, role: str, expected: list[int]) -> None:
    """With a certificate that has been read, as every application does."""
    connection, token = logged_in(profile)
    labelled(token, CERTIFICATES[role]).value(CKA_VALUE)
    token.flags()  # a CPS3 counts its tries in the master file: the application has to be selected again
    counts = []
    for _ in expected:
        connection.forget()
        sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        counts.append(len(connection.commands))
    assert counts == expected


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("role", LABELS)
class TestLosses:
    def test_without_login_nothing_is_sent(self, profile: str, role: str) -> None:
        connection, token = opened(profile)
        item = key(token, role)
        connection.forget()
        operation = MECHANISMS[CKM_RSA_PKCS].signer(item, pss_parameter(CKM_RSA_PKCS))
        operation.update(data_for(CKM_RSA_PKCS))
        with pytest.raises(CryptokiError) as caught:
            operation.finish()
        assert caught.value.code == CKR_USER_NOT_LOGGED_IN
        assert connection.commands == []

    def test_a_reset_by_another_process_asks_for_a_new_login(self, profile: str, role: str) -> None:
        connection, token = logged_in(profile)
        sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        connection.reset_elsewhere()
        with pytest.raises(CryptokiError) as caught:
            sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        assert caught.value.code == CKR_USER_NOT_LOGGED_IN
        token.log_in(CKU_USER, secret(PIN))
        data = data_for(CKM_RSA_PKCS)
        check(profile, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)
        assert connection.card.pin_tries == 3

    def test_after_logout_neither_module_nor_card_signs(self, profile: str, role: str) -> None:
        """Neither here nor on the card can anybody go on with the holder's rights."""
        connection, token = logged_in(profile)
        sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        token.log_out()
        assert not connection.card.chip.security.pin(1).verified
        with pytest.raises(CryptokiError) as caught:
            sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        assert caught.value.code == CKR_USER_NOT_LOGGED_IN
        token.log_in(CKU_USER, secret(PIN))
        data = data_for(CKM_RSA_PKCS)
        check(profile, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)

    @pytest.mark.parametrize("alone", [False, True])
    def test_when_the_application_is_done(self, profile: str, role: str, alone: bool) -> None:
        """The card is reset unless somebody else works with it; the next login works either way."""
        connection, token = logged_in(profile)
        connection.alone = alone
        token.end_login()
        assert connection.card.chip.security.pin(1).verified != alone
        with pytest.raises(CryptokiError) as caught:
            sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        assert caught.value.code == CKR_USER_NOT_LOGGED_IN
        token.log_in(CKU_USER, secret(PIN))
        data = data_for(CKM_RSA_PKCS)
        check(profile, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)

    def test_a_card_pulled_at_each_command(self, profile: str, role: str) -> None:
        connection, token = logged_in(profile)
        key(token, role)
        connection.forget()
        sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        for count in range(len(connection.commands)):
            pulled, other = logged_in(profile)
            key(other, role)
            pulled.fault(f"after={count} do=remove")
            with pytest.raises(CryptokiError) as caught:
                sign(other, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
            assert caught.value.code == CKR_DEVICE_REMOVED
            assert not pulled.in_transaction
