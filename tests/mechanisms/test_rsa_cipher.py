"""Encryption with a public key and decryption with a card's key, against another library and against damage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15

from conformance.virtual_card.rsa import remove_encryption_padding
from cryptolib.cards.scheme import SHA1, SHA256
from cryptolib.cryptoki.constants import (
    CKG_MGF1_SHA1,
    CKG_MGF1_SHA256,
    CKM_RSA_PKCS,
    CKM_RSA_PKCS_OAEP,
    CKM_SHA256,
    CKM_SHA_1,
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE,
    CKR_MECHANISM_PARAM_INVALID,
    CKZ_DATA_SPECIFIED,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms import rsa_cipher
from cryptolib.mechanisms.hashes import HASHES, Hash, mgf1, xor
from tests.mechanisms.keys import (
    CPS3_AUTHENTICATION,
    CPS4_AUTHENTICATION,
    LABEL,
    SoftKey,
    algorithm,
    digest,
    function,
    library_key,
    public,
    rsa,
    with_ulongs,
    without_parameter,
)

if TYPE_CHECKING:
    from cryptolib.cards.scheme import Scheme
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.operation import Computation

MESSAGE = b"dossier"
SIZE = 256


def done(operation: Computation, data: bytes) -> bytes:
    operation.update(data[:10])
    operation.update(data[10:])
    result = operation.finish()
    assert len(result) <= operation.output_size
    return result


def refused(operation: Computation, data: bytes) -> int:
    with pytest.raises(CryptokiError) as caught:
        done(operation, data)
    return caught.value.code


def oaep(candidate: Hash, mask: Hash, label: bytes) -> OAEP:
    return OAEP(MGF1(algorithm(mask)), algorithm(candidate), label or None)


class TestPkcs1:
    @pytest.mark.parametrize("schemes", [CPS3_AUTHENTICATION, CPS4_AUTHENTICATION])
    @pytest.mark.parametrize("message", [b"", b"\0", MESSAGE, bytes(245)])
    def test_pkcs1_padding_is_removed(self, schemes: frozenset[Scheme], message: bytes) -> None:
        cryptogram = library_key().encrypt(message, PKCS1v15())
        assert done(rsa_cipher.Pkcs1Decryptor(SoftKey(schemes)), cryptogram) == message

    @pytest.mark.parametrize("message", [b"", MESSAGE, bytes(245)])
    def test_pkcs1_padding_is_added(self, message: bytes) -> None:
        cryptogram = done(rsa_cipher.Pkcs1Encryptor(public()), message)
        assert remove_encryption_padding(rsa().apply(cryptogram)) == message

    def test_more_than_245_bytes_are_refused(self) -> None:
        assert refused(rsa_cipher.Pkcs1Encryptor(public()), bytes(246)) == CKR_DATA_LEN_RANGE

    @pytest.mark.parametrize(
        "block",
        [
            bytes(SIZE),
            b"\0\1" + b"\xff" * 250 + b"\0abc",  # a signature's padding
            b"\1\2" + b"\xff" * 250 + b"\0abc",
            b"\0\2" + b"\xff" * 254,  # without end
            b"\0\2" + b"\xff" * 7 + b"\0" + bytes(246),  # with less than eight bytes
        ],
    )
    def test_a_block_without_padding_is_refused(self, block: bytes) -> None:
        cryptogram = public().apply(block)
        assert (
            refused(rsa_cipher.Pkcs1Decryptor(SoftKey(CPS4_AUTHENTICATION)), cryptogram) == CKR_ENCRYPTED_DATA_INVALID
        )


class TestRaw:
    @pytest.mark.parametrize("data", [b"", b"\1", bytes(SIZE), b"\1" * SIZE])
    def test_raw_encryption_is_decrypted(self, data: bytes) -> None:
        cryptogram = done(rsa_cipher.RawEncryptor(public()), data)
        assert done(rsa_cipher.RawDecryptor(SoftKey(CPS4_AUTHENTICATION)), cryptogram) == data.rjust(SIZE, b"\0")

    def test_a_number_above_the_modulus_is_refused(self) -> None:
        assert refused(rsa_cipher.RawEncryptor(public()), b"\xff" * SIZE) == CKR_DATA_INVALID
        assert refused(rsa_cipher.RawEncryptor(public()), bytes(SIZE + 1)) == CKR_DATA_LEN_RANGE


class TestOaep:
    @pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
    @pytest.mark.parametrize("mask", [function(SHA1), function(SHA256)], ids=lambda mask: mask.name)
    @pytest.mark.parametrize("label", [b"", b"label"])
    def test_oaep_of_another_library_is_decrypted(self, candidate: Hash, mask: Hash, label: bytes) -> None:
        for message in (b"", b"\0\0\1", MESSAGE, bytes(SIZE - 2 * candidate.size - 2)):
            cryptogram = library_key().encrypt(message, oaep(candidate, mask, label))
            decryptor = rsa_cipher.OaepDecryptor(SoftKey(CPS4_AUTHENTICATION), candidate, mask, label)
            assert done(decryptor, cryptogram) == message

    @pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
    @pytest.mark.parametrize("label", [b"", b"label"])
    def test_oaep_encryption_is_decrypted(self, candidate: Hash, label: bytes) -> None:
        cryptogram = done(rsa_cipher.OaepEncryptor(public(), candidate, candidate, label), MESSAGE)
        decryptor = rsa_cipher.OaepDecryptor(SoftKey(CPS4_AUTHENTICATION), candidate, candidate, label)
        assert done(decryptor, cryptogram) == MESSAGE

    def test_a_message_too_long_for_oaep_is_refused(self) -> None:
        encryptor = rsa_cipher.OaepEncryptor(public(), function(SHA256), function(SHA256), b"")
        assert refused(encryptor, bytes(SIZE - 65)) == CKR_DATA_LEN_RANGE

    def block(self, first: int = 0, hashed: bytes | None = None, content: bytes = b"\1" + MESSAGE) -> bytes:
        """An encoded block, damaged where the arguments say so."""
        sha1 = function(SHA1)
        hashed = digest(sha1, b"") if hashed is None else hashed
        data = hashed + content.rjust(SIZE - 1 - sha1.size - len(hashed), b"\0")
        seed = bytes(range(20))
        masked = xor(data, mgf1(seed, len(data), sha1))
        return bytes((first,)) + xor(seed, mgf1(masked, sha1.size, sha1)) + masked

    def test_damaged_blocks_are_all_refused_in_the_same_way(self) -> None:
        sha1 = function(SHA1)

        def decryptor(label: bytes = b"") -> rsa_cipher.OaepDecryptor:
            return rsa_cipher.OaepDecryptor(SoftKey(CPS4_AUTHENTICATION), sha1, sha1, label)

        good = public().apply(self.block())
        assert done(decryptor(), good) == MESSAGE
        damaged = [
            self.block(first=1),
            self.block(hashed=bytes(20)),
            self.block(content=b"\2" + MESSAGE),
            self.block(content=b""),  # nothing but zeros
            bytes(SIZE),
        ]
        assert {refused(decryptor(), public().apply(block)) for block in damaged} == {CKR_ENCRYPTED_DATA_INVALID}
        assert refused(decryptor(b"another label"), good) == CKR_ENCRYPTED_DATA_INVALID
        assert refused(decryptor(), good[:-1] + bytes((good[-1] ^ 1,))) == CKR_ENCRYPTED_DATA_INVALID

    def test_oaep_parameters_are_read(self) -> None:
        for candidate in HASHES:
            for source in (0, CKZ_DATA_SPECIFIED):
                mechanism = with_ulongs(CKM_RSA_PKCS_OAEP, candidate.mechanism, candidate.mgf, source, 0, 0)
                assert rsa_cipher.oaep_parameters(mechanism) == (candidate, candidate, b"")
        labelled = with_ulongs(
            CKM_RSA_PKCS_OAEP, CKM_SHA256, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, LABEL, 5, label=b"label"
        )
        assert rsa_cipher.oaep_parameters(labelled) == (function(SHA256), function(SHA1), b"label")

    @pytest.mark.parametrize(
        "mechanism",
        [
            without_parameter(CKM_RSA_PKCS_OAEP),
            with_ulongs(CKM_RSA_PKCS_OAEP, CKM_SHA_1, CKG_MGF1_SHA1),
            with_ulongs(CKM_RSA_PKCS_OAEP, CKM_RSA_PKCS, CKG_MGF1_SHA1, 0, 0, 0),
            with_ulongs(CKM_RSA_PKCS_OAEP, CKM_SHA_1, 0, 0, 0, 0),
            with_ulongs(CKM_RSA_PKCS_OAEP, CKM_SHA_1, CKG_MGF1_SHA1, 2, 0, 0),  # unknown source
            with_ulongs(CKM_RSA_PKCS_OAEP, CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, 0, 5),  # no label there
            with_ulongs(CKM_RSA_PKCS_OAEP, CKM_SHA256, CKG_MGF1_SHA256, 0, LABEL, 5, label=b"label"),
        ],
    )
    def test_wrong_oaep_parameters_are_refused(self, mechanism: CkMechanism) -> None:
        with pytest.raises(CryptokiError) as caught:
            rsa_cipher.oaep_parameters(mechanism)
        assert caught.value.code == CKR_MECHANISM_PARAM_INVALID


class TestCryptograms:
    """Cryptograms of another length, or not smaller than the modulus, are refused before the card is asked."""

    def decryptors(self, key: SoftKey) -> list[Computation]:
        sha1 = function(SHA1)
        return [
            rsa_cipher.RawDecryptor(key),
            rsa_cipher.Pkcs1Decryptor(key),
            rsa_cipher.OaepDecryptor(key, sha1, sha1, b""),
        ]

    @pytest.mark.parametrize("length", [0, 1, 255, 257, 1000])
    def test_a_cryptogram_of_another_length_is_refused(self, length: int) -> None:
        key = SoftKey(CPS4_AUTHENTICATION)
        codes = {refused(decryptor, bytes(length)) for decryptor in self.decryptors(key)}
        assert (codes, key.computed) == ({CKR_ENCRYPTED_DATA_LEN_RANGE}, [])

    def test_a_cryptogram_above_the_modulus_is_refused(self) -> None:
        key = SoftKey(CPS4_AUTHENTICATION)
        codes = {refused(decryptor, b"\xff" * SIZE) for decryptor in self.decryptors(key)}
        assert (codes, key.computed) == ({CKR_ENCRYPTED_DATA_INVALID}, [])
