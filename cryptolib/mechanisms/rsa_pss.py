"""RSASSA-PSS (RFC 8017, 8.1 and 9.1; PKCS#11 3.2, 6.1.7 and 6.1.10)."""

from __future__ import annotations

import posix

from cryptolib.cards import scheme
from cryptolib.cryptoki.constants import (
    CKR_DATA_LEN_RANGE,
    CKR_KEY_SIZE_RANGE,
    CKR_MECHANISM_PARAM_INVALID,
    CKR_SIGNATURE_INVALID,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.hashes import BY_MECHANISM, Hash, HashedInput, mgf1, xor
from cryptolib.mechanisms.operation import Accumulated, key_size, raw_sign
from cryptolib.mechanisms.rsa_pkcs1 import check_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.scheme import Scheme
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.operation import PrivateKey, PublicKey


def can_sign(schemes: frozenset[Scheme], function: Hash) -> bool:
    """True if a key makes PSS signatures with `function`."""
    return bool(schemes & {scheme.RAW, scheme.pss(function.name)})


def parameters(wanted: CkMechanism, own: Hash | None) -> Hash:
    """The hash in CK_RSA_PKCS_PSS_PARAMS; `own` is the hash of the mechanism, if it has one.

    The card's salt is as long as the digest, and its MGF1 uses the same hash. Other values raise
    CKR_MECHANISM_PARAM_INVALID.
    """
    hash_type, mgf, salt = wanted.pss()
    function = BY_MECHANISM.get(hash_type)
    if function is None or own not in (None, function) or mgf != function.mgf or salt != function.size:
        raise CryptokiError(CKR_MECHANISM_PARAM_INVALID, "hash, mask generation function and salt do not match")
    return function


def encode(digest: bytes, function: Hash, size: int) -> bytes:
    """EMSA-PSS-ENCODE with a random salt as long as the digest, for a modulus of `size` bytes with its top bit set.

    Raises CKR_KEY_SIZE_RANGE.
    """
    if size < 2 * function.size + 2:
        raise CryptokiError(CKR_KEY_SIZE_RANGE, f"no room for {function.name}")
    salt = posix.urandom(function.size)
    seal = function.digest(bytes(8) + digest + salt)
    block = b"\1" + salt
    block = block.rjust(size - function.size - 1, b"\0")
    masked = bytearray(xor(block, mgf1(seal, len(block), function)))
    masked[0] &= 0x7F
    return bytes(masked) + seal + b"\xbc"


def sign_digest(key: PrivateKey, digest: bytes, function: Hash) -> bytes:
    if scheme.pss(function.name) in key.schemes:
        return key.compute(
            scheme.pss(function.name), digest, lambda public, made: opens(public, digest, made, function)
        )
    block = encode(digest, function, key_size(key))
    return raw_sign(key, scheme.RAW, block, block)


def opens(key: PublicKey, digest: bytes, signature: bytes, function: Hash) -> bool:
    """True if `signature` is one of `digest`: RSAVP1 and EMSA-PSS-VERIFY, salt as long as the digest (RFC 8017,
    9.1.2).
    """
    bits = key.modulus.bit_length() - 1
    length = (bits + 7) // 8
    if not key.holds(signature) or length < 2 * function.size + 2:
        return False
    block = key.apply(signature)[-length:]
    masked, seal, end = block[: -function.size - 1], block[-function.size - 1 : -1], block[-1:]
    content = bytearray(xor(masked, mgf1(seal, len(masked), function)))
    unused = 8 * length - bits
    content[0] &= 0xFF >> unused
    salt = bytes(content[-function.size :])
    whole = content == (b"\1" + salt).rjust(len(masked), b"\0") and not masked[0] >> (8 - unused)
    return whole and end == b"\xbc" and seal == function.digest(bytes(8) + digest + salt)


class DigestSigner(Accumulated):
    """CKM_RSA_PKCS_PSS with a private key: the caller gives the digest."""

    def __init__(self, key: PrivateKey, function: Hash) -> None:
        super().__init__(function.size)
        self._key = key
        self._function = function
        self.output_size = key.size

    def finish(self) -> bytes:
        return sign_digest(self._key, _whole(self.data, self._function), self._function)


class HashSigner(HashedInput):
    """CKM_SHAx_RSA_PKCS_PSS with a private key."""

    def __init__(self, key: PrivateKey, function: Hash) -> None:
        super().__init__(function)
        self._key = key
        self.output_size = key.size

    def finish(self) -> bytes:
        return sign_digest(self._key, self.running.finalize(), self.function)


class DigestVerifier(Accumulated):
    """CKM_RSA_PKCS_PSS with a public key."""

    def __init__(self, key: PublicKey, function: Hash) -> None:
        super().__init__(function.size)
        self._key = key
        self._function = function

    def finish(self, signature: bytes) -> None:
        verify_digest(self._key, _whole(self.data, self._function), signature, self._function)


class HashVerifier(HashedInput):
    """CKM_SHAx_RSA_PKCS_PSS with a public key."""

    def __init__(self, key: PublicKey, function: Hash) -> None:
        super().__init__(function)
        self._key = key

    def finish(self, signature: bytes) -> None:
        verify_digest(self._key, self.running.finalize(), signature, self.function)


def verify_digest(key: PublicKey, digest: bytes, signature: bytes, function: Hash) -> None:
    """Raises CKR_SIGNATURE_LEN_RANGE and CKR_SIGNATURE_INVALID."""
    check_length(key, signature)
    if not opens(key, digest, signature, function):
        raise CryptokiError(CKR_SIGNATURE_INVALID)


def _whole(digest: bytes, function: Hash) -> bytes:
    if len(digest) != function.size:
        raise CryptokiError(CKR_DATA_LEN_RANGE, f"{len(digest)} bytes for a digest of {function.size}")
    return digest


def check_scheme(schemes: frozenset[Scheme], function: Hash) -> None:
    """Raises CKR_MECHANISM_PARAM_INVALID for a hash that the key does not sign with."""
    if not can_sign(schemes, function):
        raise CryptokiError(CKR_MECHANISM_PARAM_INVALID, f"the key makes no PSS signature with {function.name}")
