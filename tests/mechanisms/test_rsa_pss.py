"""PSS signatures, encoded by the card or here and verified elsewhere; parameters that the card would not honour."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from cryptolib.cards import scheme
from cryptolib.cards.scheme import SHA1, SHA256
from cryptolib.cryptoki.constants import (
    CKG_MGF1_SHA1,
    CKG_MGF1_SHA256,
    CKG_MGF1_SHA512,
    CKM_RSA_PKCS_PSS,
    CKM_SHA1_RSA_PKCS,
    CKM_SHA256,
    CKM_SHA256_RSA_PKCS_PSS,
    CKM_SHA384_RSA_PKCS_PSS,
    CKM_SHA512,
    CKM_SHA_1,
    CKR_DATA_LEN_RANGE,
    CKR_KEY_SIZE_RANGE,
    CKR_MECHANISM_PARAM_INVALID,
    CKR_SIGNATURE_INVALID,
    CKR_SIGNATURE_LEN_RANGE,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms import rsa_pss
from cryptolib.mechanisms.hashes import HASHES, Hash
from cryptolib.mechanisms.operation import PublicKey
from cryptolib.mechanisms.table import MECHANISMS
from tests.mechanisms.keys import (
    CPS4_AUTHENTICATION,
    CPS4_SIGNATURE,
    ROLES,
    SoftKey,
    algorithm,
    digest,
    function,
    library_key,
    public,
    with_ulongs,
    without_parameter,
)

if TYPE_CHECKING:
    from cryptolib.cards.scheme import Scheme
    from cryptolib.cryptoki.parameters import CkMechanism

MESSAGE = b"feuille de soins"


def verified(signature: bytes, hashed: bytes, candidate: Hash) -> bool:
    function = algorithm(candidate)
    try:
        library_key().verify(signature, hashed, PSS(MGF1(function), candidate.size), Prehashed(function))
    except InvalidSignature:
        return False
    return True


class TestSigning:
    @pytest.mark.parametrize("schemes", [CPS4_SIGNATURE, CPS4_AUTHENTICATION])
    @pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
    def test_each_key_with_each_hash_it_signs(self, schemes: frozenset[Scheme], candidate: Hash) -> None:
        able = candidate.name in (SHA1, SHA256) or scheme.RAW in schemes
        assert rsa_pss.can_sign(schemes, candidate) == able
        if able:
            signer = rsa_pss.HashSigner(SoftKey(schemes), candidate)
            signer.update(MESSAGE[:5])
            signer.update(MESSAGE[5:])
            assert verified(signer.finish(), digest(candidate, MESSAGE), candidate)

    @pytest.mark.parametrize(
        ("name", "how"), [(SHA1, scheme.pss(SHA1)), (SHA256, scheme.pss(SHA256)), ("SHA-512", scheme.RAW)]
    )
    def test_what_the_card_can_encode_it_encodes(self, name: str, how: Scheme) -> None:
        key = SoftKey(CPS4_AUTHENTICATION)
        signer = rsa_pss.DigestSigner(key, function(name))
        signer.update(digest(function(name), MESSAGE))
        assert verified(signer.finish(), digest(function(name), MESSAGE), function(name))
        assert key.computed == [how]

    @pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
    def test_two_signatures_differ(self, candidate: Hash) -> None:
        hashed = digest(candidate, MESSAGE)
        blocks = {rsa_pss.encode(hashed, candidate, 256) for _ in range(8)}
        assert len(blocks) == 8
        assert {block[0] >> 7 for block in blocks} == {0}
        assert {block[-1] for block in blocks} == {0xBC}

    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_a_digest_of_another_length(self, length: int) -> None:
        key = SoftKey(CPS4_SIGNATURE)
        signer = rsa_pss.DigestSigner(key, function(SHA256))

        def sign() -> None:
            signer.update(bytes(length))
            signer.finish()

        with pytest.raises(CryptokiError) as caught:
            sign()
        assert (caught.value.code, key.computed) == (CKR_DATA_LEN_RANGE, [])

    def test_no_cps3_key_signs_with_pss(self) -> None:
        for role, schemes in ROLES.items():
            able = any(rsa_pss.can_sign(schemes, candidate) for candidate in HASHES)
            assert able == role.startswith("CPS4")


class TestVerifying:
    @pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
    def test_a_signature_verifies(self, candidate: Hash) -> None:
        signature = rsa_pss.sign_digest(SoftKey(CPS4_AUTHENTICATION), digest(candidate, MESSAGE), candidate)
        verifier = rsa_pss.HashVerifier(public(), candidate)
        verifier.update(MESSAGE)
        verifier.finish(signature)
        by_digest = rsa_pss.DigestVerifier(public(), candidate)
        by_digest.update(digest(candidate, MESSAGE))
        by_digest.finish(signature)

    @pytest.mark.parametrize(
        ("signature", "code"),
        [
            (bytes(256), CKR_SIGNATURE_INVALID),
            (b"\xff" * 256, CKR_SIGNATURE_INVALID),
            (bytes(255), CKR_SIGNATURE_LEN_RANGE),
            (b"", CKR_SIGNATURE_LEN_RANGE),
        ],
    )
    def test_a_wrong_signature_or_length_is_refused(self, signature: bytes, code: int) -> None:
        verifier = rsa_pss.HashVerifier(public(), function(SHA256))
        verifier.update(MESSAGE)
        with pytest.raises(CryptokiError) as caught:
            verifier.finish(signature)
        assert caught.value.code == code

    def test_a_signature_of_another_message_or_hash_does_not_verify(self) -> None:
        signature = rsa_pss.sign_digest(SoftKey(CPS4_SIGNATURE), digest(function(SHA256), MESSAGE), function(SHA256))
        for message, name in ((b"another", SHA256), (MESSAGE, "SHA-384")):
            verifier = rsa_pss.HashVerifier(public(), function(name))
            verifier.update(message)
            with pytest.raises(CryptokiError) as caught:
                verifier.finish(signature)
            assert caught.value.code == CKR_SIGNATURE_INVALID

    def test_a_digest_of_another_length_is_refused(self) -> None:
        verifier = rsa_pss.DigestVerifier(public(), function(SHA256))
        verifier.update(bytes(20))
        with pytest.raises(CryptokiError) as caught:
            verifier.finish(bytes(256))
        assert caught.value.code == CKR_DATA_LEN_RANGE


class TestParameters:
    def test_each_hash_has_its_parameters(self) -> None:
        for candidate in HASHES:
            mechanism = with_ulongs(CKM_RSA_PKCS_PSS, candidate.mechanism, candidate.mgf, candidate.size)
            assert rsa_pss.parameters(mechanism, None) is candidate
            assert rsa_pss.parameters(mechanism, candidate) is candidate

    @pytest.mark.parametrize(
        "mechanism",
        [
            without_parameter(CKM_RSA_PKCS_PSS),
            with_ulongs(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256),
            with_ulongs(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 32, 0),
            with_ulongs(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA1, 32),
            with_ulongs(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 20),
            with_ulongs(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 0),
            with_ulongs(CKM_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, (1 << 64) - 1),
            with_ulongs(CKM_RSA_PKCS_PSS, CKM_SHA1_RSA_PKCS, CKG_MGF1_SHA1, 20),
            with_ulongs(CKM_RSA_PKCS_PSS, 0, 0, 0),
        ],
    )
    def test_parameters_that_the_card_ignores_are_refused(self, mechanism: CkMechanism) -> None:
        with pytest.raises(CryptokiError) as caught:
            rsa_pss.parameters(mechanism, None)
        assert caught.value.code == CKR_MECHANISM_PARAM_INVALID

    def test_a_hash_other_than_the_mechanism_s_is_refused(self) -> None:
        sha1 = with_ulongs(CKM_SHA256_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1, 20)
        mechanism = MECHANISMS[CKM_SHA256_RSA_PKCS_PSS]
        with pytest.raises(CryptokiError) as signing:
            mechanism.signer(SoftKey(CPS4_SIGNATURE), sha1)
        with pytest.raises(CryptokiError) as verifying:
            mechanism.verifier(public(), sha1)
        assert {signing.value.code, verifying.value.code} == {CKR_MECHANISM_PARAM_INVALID}

    def test_a_hash_of_another_key_is_refused(self) -> None:
        """The signature key makes PSS, but not with SHA-512: its mechanism is there, its parameter is refused."""
        sha512 = with_ulongs(CKM_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512, 64)
        mechanism = MECHANISMS[CKM_RSA_PKCS_PSS]
        mechanism.signer(SoftKey(CPS4_AUTHENTICATION), sha512)
        with pytest.raises(CryptokiError) as caught:
            mechanism.signer(SoftKey(CPS4_SIGNATURE), sha512)
        assert caught.value.code == CKR_MECHANISM_PARAM_INVALID
        assert not MECHANISMS[CKM_SHA384_RSA_PKCS_PSS].signs(CPS4_SIGNATURE)


class TestAgainstAnotherLibrary:
    """`opens` against signatures of another library, with moduli of any number of bits."""

    @pytest.mark.parametrize("bits", [1024, 1025, 1026, 1031, 1032, 2048])
    @pytest.mark.parametrize("candidate", HASHES[:3], ids=lambda candidate: candidate.name)
    def test_its_signatures_and_no_others(self, bits: int, candidate: Hash) -> None:
        theirs = small_key(bits)
        numbers = theirs.public_key().public_numbers()
        ours = PublicKey(numbers.n, numbers.e)
        function, hashed = algorithm(candidate), digest(candidate, MESSAGE)
        pss = PSS(MGF1(function), candidate.size)
        signature = theirs.sign(MESSAGE, pss, function)
        assert rsa_pss.opens(ours, hashed, signature, candidate)
        assert not rsa_pss.opens(ours, digest(candidate, b"another"), signature, candidate)
        short = theirs.sign(MESSAGE, PSS(MGF1(function), candidate.size - 1), function)
        assert not rsa_pss.opens(ours, hashed, short, candidate), "a salt of another length"
        for at in range(0, len(signature), 9):
            flipped = signature[:at] + bytes((signature[at] ^ 0x10,)) + signature[at + 1 :]
            assert not rsa_pss.opens(ours, hashed, flipped, candidate)

    def test_a_key_without_room_opens_nothing_and_signs_nothing(self) -> None:
        key = PublicKey((1 << 512) - 1, 3)
        assert not rsa_pss.opens(key, bytes(64), bytes(64), function("SHA-512"))
        with pytest.raises(CryptokiError) as caught:
            rsa_pss.encode(bytes(64), function("SHA-512"), key.size)
        assert caught.value.code == CKR_KEY_SIZE_RANGE


@cache
def small_key(bits: int) -> RSAPrivateKey:
    return generate_private_key(65537, bits)
