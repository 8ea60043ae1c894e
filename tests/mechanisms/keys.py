"""Keys for the mechanisms: a card's private key computed here with any schemes, and its public half; parameters."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from conformance.virtual_card import partial_hash
from conformance.virtual_card.identity import identity
from conformance.virtual_card.rsa import PrivateKey, digest_info, pad_signature, pss_encode, remove_encryption_padding
from conformance.virtual_card.tlv import parse
from cryptolib.cards import scheme
from cryptolib.cards.scheme import SHA1, SHA256
from cryptolib.cryptoki.attributes import ulong
from cryptolib.cryptoki.parameters import CkMechanism
from cryptolib.mechanisms.hashes import HASHES, Hash
from cryptolib.mechanisms.operation import PublicKey

if TYPE_CHECKING:
    from cryptolib.cards.scheme import Scheme
    from cryptolib.mechanisms.operation import Proof

# The same as the virtual card's names.
_NAMES = {SHA1: "sha1", SHA256: "sha256"}
_PARTIAL = {SHA1: partial_hash.SHA1, SHA256: partial_hash.SHA256}

CPS3_SIGNATURE = frozenset(make(name) for make in (scheme.digest, scheme.last_round) for name in (SHA1, SHA256))
CPS3_AUTHENTICATION = frozenset((scheme.PAD, scheme.DECIPHER))
CPS4_SIGNATURE = frozenset(make(name) for make in (scheme.digest, scheme.pss) for name in (SHA1, SHA256))
CPS4_AUTHENTICATION = frozenset((scheme.RAW, scheme.pss(SHA1), scheme.pss(SHA256)))
ROLES = {
    "CPS3 signature": CPS3_SIGNATURE,
    "CPS3 authentication": CPS3_AUTHENTICATION,
    "CPS4 signature": CPS4_SIGNATURE,
    "CPS4 authentication": CPS4_AUTHENTICATION,
}


@cache
def rsa() -> PrivateKey:
    return identity("cps4").credentials["authentication"].key


def library_key() -> RSAPublicKey:
    """The public half for the cryptography package, which knows nothing of ours."""
    return RSAPublicNumbers(rsa().e, rsa().n).public_key()


def algorithm(candidate: Hash) -> HashAlgorithm:
    """The function as that package calls it."""
    found: HashAlgorithm = getattr(hashes, candidate.name.replace("-", ""))()
    return found


def public() -> PublicKey:
    return PublicKey(rsa().n, rsa().e)


def function(name: str) -> Hash:
    return next(candidate for candidate in HASHES if candidate.name == name)


def library_name(candidate: Hash) -> str:
    return candidate.name.replace("-", "").lower()


def digest(candidate: Hash, message: bytes) -> bytes:
    return hashlib.new(library_name(candidate), message).digest()


class SoftKey:
    """Implements `mechanisms.operation.PrivateKey`; `computed` are the schemes that were asked for."""

    def __init__(self, schemes: frozenset[Scheme], known: bool = True) -> None:
        """`known`: whether the public half is known without the card."""
        self.schemes = schemes
        self.size = rsa().size
        self.computed: list[Scheme] = []
        self._known = known

    def known_public(self) -> PublicKey | None:
        return public() if self._known else None

    public = known_public

    def compute(self, how: Scheme, data: bytes, proof: Proof | None = None) -> bytes:
        assert how in self.schemes
        self.computed.append(how)
        result = self._result(how, data)
        assert proof is None or proof(public(), result), "what the mechanism expects is not what its scheme gives"
        return result

    def _result(self, how: Scheme, data: bytes) -> bytes:
        operation, name = how.operation, how.hash
        if operation == "raw":
            return rsa().apply(data)
        if operation == "pad":
            return rsa().apply(pad_signature(data, self.size))
        if operation == "decipher":
            return remove_encryption_padding(rsa().apply(data))
        if operation == "pss":
            return rsa().apply(pss_encode(_NAMES[name], data, 2047))
        if operation == "last round":
            objects, algorithm = dict(parse(data)), _PARTIAL[name]
            state, bits = objects[0x90][: algorithm.size], int.from_bytes(objects[0x90][algorithm.size :], "big")
            data = algorithm.finish(state, bits, objects[0x80])
        return rsa().apply(pad_signature(digest_info(_NAMES[name], data), self.size))


def with_ulongs(mechanism: int, *fields: int, label: bytes = b"") -> CkMechanism:
    """A mechanism whose parameter consists of CK_ULONGs; `label` lies at the address that one of them may be."""
    content = b"".join(ulong(field) for field in fields)

    def memory(address: int, length: int) -> bytes:
        data = {PARAMETER: content, LABEL: label}[address]
        return data[:length]

    return CkMechanism(mechanism, PARAMETER, len(content), memory)


PARAMETER, LABEL = 0x1000, 0x2000


def without_parameter(mechanism: int) -> CkMechanism:
    """Looking at the parameter fails."""

    def memory(_address: int, _length: int) -> bytes:
        raise AssertionError("there is nothing to look at")

    return CkMechanism(mechanism, 0, 0, memory)
