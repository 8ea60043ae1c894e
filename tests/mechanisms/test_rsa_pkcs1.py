"""PKCS#1 v1.5 and plain RSA signatures, with whatever a card's key computes, verified by another library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding

from cryptolib.cards import scheme
from cryptolib.cards.scheme import SHA1, SHA256
from cryptolib.cryptoki.constants import (
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_SIGNATURE_INVALID,
    CKR_SIGNATURE_LEN_RANGE,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms import rsa_pkcs1
from cryptolib.mechanisms.hashes import HASHES, Hash
from tests.mechanisms.keys import (
    CPS3_AUTHENTICATION,
    CPS3_SIGNATURE,
    CPS4_AUTHENTICATION,
    CPS4_SIGNATURE,
    ROLES,
    SoftKey,
    algorithm,
    digest,
    function,
    library_key,
    public,
    rsa,
)

if TYPE_CHECKING:
    from cryptolib.cards.scheme import Scheme

MESSAGE = b"prescription " * 30
SIZE = 256


def verified(signature: bytes, message: bytes, candidate: Hash) -> bool:
    try:
        library_key().verify(signature, message, padding.PKCS1v15(), algorithm(candidate))
    except InvalidSignature:
        return False
    return True


def code_of(error: pytest.ExceptionInfo[CryptokiError]) -> int:
    return error.value.code


class TestHashAndSign:
    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
    def test_each_key_with_each_hash_it_signs(self, role: str, candidate: Hash) -> None:
        schemes = ROLES[role]
        able = candidate.name in (SHA1, SHA256) or "authentication" in role
        assert rsa_pkcs1.can_sign_hash(schemes, candidate) == able
        if able:
            signer = rsa_pkcs1.hash_signer(SoftKey(schemes), candidate)
            signer.update(MESSAGE[:100])
            signer.update(MESSAGE[100:])
            assert verified(signer.finish(), MESSAGE, candidate)

    def test_an_empty_message(self) -> None:
        for schemes in ROLES.values():
            assert verified(rsa_pkcs1.hash_signer(SoftKey(schemes), function(SHA256)).finish(), b"", function(SHA256))

    @pytest.mark.parametrize(
        ("schemes", "how"),
        [
            (CPS3_SIGNATURE, scheme.last_round(SHA256)),
            (CPS3_AUTHENTICATION, scheme.PAD),
            (CPS4_SIGNATURE, scheme.digest(SHA256)),
            (CPS4_AUTHENTICATION, scheme.RAW),
        ],
    )
    def test_what_each_key_is_asked_for(self, schemes: frozenset[Scheme], how: Scheme) -> None:
        key = SoftKey(schemes)
        rsa_pkcs1.hash_signer(key, function(SHA256)).finish()
        assert key.computed == [how]

    @pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
    def test_verification_agrees_with_the_other_library(self, candidate: Hash) -> None:
        signer = rsa_pkcs1.hash_signer(SoftKey(CPS4_AUTHENTICATION), candidate)
        signer.update(MESSAGE)
        signature = signer.finish()
        verifier = rsa_pkcs1.HashVerifier(public(), candidate)
        verifier.update(MESSAGE[:7])
        verifier.update(MESSAGE[7:])
        verifier.finish(signature)
        other = rsa_pkcs1.HashVerifier(public(), candidate)
        other.update(MESSAGE + b".")
        with pytest.raises(CryptokiError) as caught:
            other.finish(signature)
        assert code_of(caught) == CKR_SIGNATURE_INVALID


class TestData:
    """CKM_RSA_PKCS: the caller brings what is padded."""

    @pytest.mark.parametrize("schemes", [CPS3_AUTHENTICATION, CPS4_AUTHENTICATION])
    @pytest.mark.parametrize("length", [1, 20, 36, 51, 245])
    def test_the_authentication_key_signs_any_data(self, schemes: frozenset[Scheme], length: int) -> None:
        signer = rsa_pkcs1.DataSigner(SoftKey(schemes))
        signer.update(bytes(length))
        assert public().apply(signer.finish()) == b"\0\1" + b"\xff" * (253 - length) + b"\0" + bytes(length)

    def test_only_a_cps4_signs_empty_data(self) -> None:
        """A CPS4 pads here and signs even that; a CPS3 wants one byte."""
        assert (
            public().apply(rsa_pkcs1.DataSigner(SoftKey(CPS4_AUTHENTICATION)).finish())
            == b"\0\1" + b"\xff" * 253 + b"\0"
        )
        with pytest.raises(CryptokiError) as caught:
            rsa_pkcs1.DataSigner(SoftKey(CPS3_AUTHENTICATION)).finish()
        assert code_of(caught) == CKR_DATA_LEN_RANGE

    @pytest.mark.parametrize("schemes", ROLES.values())
    def test_more_than_245_bytes_are_refused(self, schemes: frozenset[Scheme]) -> None:
        signer = rsa_pkcs1.DataSigner(SoftKey(schemes))
        signer.update(bytes(245))
        with pytest.raises(CryptokiError) as caught:
            signer.update(b"\0")
        assert code_of(caught) == CKR_DATA_LEN_RANGE

    @pytest.mark.parametrize("schemes", [CPS3_SIGNATURE, CPS4_SIGNATURE])
    @pytest.mark.parametrize("name", [SHA1, SHA256])
    def test_the_signature_key_signs_a_digest_or_its_digest_info(self, schemes: frozenset[Scheme], name: str) -> None:
        candidate = function(name)
        for data in (digest(candidate, MESSAGE), candidate.prefix + digest(candidate, MESSAGE)):
            signer = rsa_pkcs1.DataSigner(SoftKey(schemes))
            signer.update(data)
            assert verified(signer.finish(), MESSAGE, candidate)

    @pytest.mark.parametrize("schemes", [CPS3_SIGNATURE, CPS4_SIGNATURE])
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            bytes(19),
            bytes(36),
            bytes(35),  # the length of a DigestInfo, but none
            bytes(51),
            function("SHA-384").prefix + bytes(48),
            function(SHA1).prefix + bytes(21),
            function(SHA256).prefix[:-1] + b"\x21" + bytes(32),
        ],
    )
    def test_the_signature_key_refuses_other_data(self, schemes: frozenset[Scheme], data: bytes) -> None:
        key = SoftKey(schemes)
        signer = rsa_pkcs1.DataSigner(key)
        signer.update(data)
        with pytest.raises(CryptokiError) as caught:
            signer.finish()
        assert code_of(caught) == CKR_DATA_INVALID
        assert key.computed == []

    def test_a_signature_verifies_against_its_data_only(self) -> None:
        signature = rsa().apply(rsa_pkcs1.pad(b"data", SIZE))
        verifier = rsa_pkcs1.DataVerifier(public())
        verifier.update(b"da")
        verifier.update(b"ta")
        verifier.finish(signature)

    @pytest.mark.parametrize(
        "block",
        [
            rsa_pkcs1.pad(b"date", SIZE),
            rsa_pkcs1.pad(b"data", SIZE).replace(b"\0\1", b"\0\2", 1),
            b"\0\1" + b"\xff" * 8 + b"\0data" + bytes(241),  # rubbish behind the data
            bytes(SIZE),
        ],
    )
    def test_a_wrongly_padded_block_does_not_verify(self, block: bytes) -> None:
        verifier = rsa_pkcs1.DataVerifier(public())
        verifier.update(b"data")
        with pytest.raises(CryptokiError) as caught:
            verifier.finish(rsa().apply(block))
        assert code_of(caught) == CKR_SIGNATURE_INVALID


class TestRaw:
    """CKM_RSA_X_509: a number smaller than the modulus."""

    @pytest.mark.parametrize("data", [b"", b"\1", b"\0\1", bytes(255) + b"\7", b"\1" * 256])
    def test_shorter_data_are_filled_on_the_left(self, data: bytes) -> None:
        signer = rsa_pkcs1.RawSigner(SoftKey(CPS4_AUTHENTICATION))
        signer.update(data)
        signature = signer.finish()
        assert public().apply(signature) == data.rjust(SIZE, b"\0")
        verifier = rsa_pkcs1.RawVerifier(public())
        verifier.update(data)
        verifier.finish(signature)

    def test_the_modulus_itself_is_refused(self) -> None:
        key = SoftKey(CPS4_AUTHENTICATION)
        signer = rsa_pkcs1.RawSigner(key)
        signer.update(rsa().n.to_bytes(SIZE, "big"))
        with pytest.raises(CryptokiError) as caught:
            signer.finish()
        assert (code_of(caught), key.computed) == (CKR_DATA_INVALID, [])

    def test_more_than_256_bytes_are_refused(self) -> None:
        with pytest.raises(CryptokiError) as caught:
            rsa_pkcs1.RawSigner(SoftKey(CPS4_AUTHENTICATION)).update(bytes(257))
        assert code_of(caught) == CKR_DATA_LEN_RANGE

    def test_a_signature_of_other_data_is_refused(self) -> None:
        verifier = rsa_pkcs1.RawVerifier(public())
        verifier.update(b"\2")
        with pytest.raises(CryptokiError) as caught:
            verifier.finish(rsa().apply(b"\3".rjust(SIZE, b"\0")))
        assert code_of(caught) == CKR_SIGNATURE_INVALID


@pytest.mark.parametrize(
    ("signature", "code"),
    [
        (b"", CKR_SIGNATURE_LEN_RANGE),
        (bytes(255), CKR_SIGNATURE_LEN_RANGE),
        (bytes(257), CKR_SIGNATURE_LEN_RANGE),
        (bytes(256), CKR_SIGNATURE_INVALID),
        (b"\xff" * 256, CKR_SIGNATURE_INVALID),  # not smaller than the modulus
        (rsa().n.to_bytes(256, "big"), CKR_SIGNATURE_INVALID),
    ],
)
def test_wrong_signatures_do_not_verify(signature: bytes, code: int) -> None:
    for verifier in (
        rsa_pkcs1.DataVerifier(public()),
        rsa_pkcs1.RawVerifier(public()),
        rsa_pkcs1.HashVerifier(public(), function(SHA256)),
    ):
        verifier.update(b"x")
        with pytest.raises(CryptokiError) as caught:
            verifier.finish(signature)
        assert code_of(caught) == code
