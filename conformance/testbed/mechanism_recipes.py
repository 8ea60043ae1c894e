"""The input of each signature mechanism, and the check of its result without the module.

PKCS #11 Specification 3.1, clauses 6.1.6 to 6.1.13; RFC 8017 for the blocks; the package `cryptography` verifies.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from conformance.testbed.cards import Card, KeyNames
from conformance.testbed.client import mechanism, pss
from conformance.testbed.cryptoki import CKG, CKM, Mechanism


@dataclass(frozen=True, slots=True)
class HashWords:
    """The names of a hash function for mechanisms, parameters and tools."""

    algorithm: hashes.HashAlgorithm
    mechanism: CKM
    mgf: CKG
    digest_info: bytes

    def of(self, message: bytes) -> bytes:
        running = hashes.Hash(self.algorithm)
        running.update(message)
        return running.finalize()


def _prefix(text: str) -> bytes:
    return bytes.fromhex(text)


SHA1 = HashWords(hashes.SHA1(), CKM.SHA_1, CKG.MGF1_SHA1, _prefix("3021300906052B0E03021A05000414"))
SHA224 = HashWords(hashes.SHA224(), CKM.SHA224, CKG.MGF1_SHA224, _prefix("302D300D06096086480165030402040500041C"))
SHA256 = HashWords(hashes.SHA256(), CKM.SHA256, CKG.MGF1_SHA256, _prefix("3031300D060960864801650304020105000420"))
SHA384 = HashWords(hashes.SHA384(), CKM.SHA384, CKG.MGF1_SHA384, _prefix("3041300D060960864801650304020205000430"))
SHA512 = HashWords(hashes.SHA512(), CKM.SHA512, CKG.MGF1_SHA512, _prefix("3051300D060960864801650304020305000440"))
HASHES = (SHA1, SHA224, SHA256, SHA384, SHA512)


def digest_info(words: HashWords, message: bytes) -> bytes:
    return words.digest_info + words.of(message)


def pkcs1_block(content: bytes, size: int = 256) -> bytes:
    """EMSA-PKCS1-v1_5 around encoded content (RFC 8017, clause 9.2, steps 3 to 5)."""
    return b"\x00\x01" + b"\xff" * (size - 3 - len(content)) + b"\x00" + content


@dataclass(frozen=True, slots=True)
class Recipe:
    """A signature mechanism: its input, its parameter, and the expected result."""

    kind: CKM
    words: HashWords
    pss: bool
    feed: str
    """What C_Sign gets: the `message`, its `digest`, its `digest info` or the whole `block`."""
    both_keys: bool
    """Whether the signature key can, too; the authentication key always can."""

    def is_on(self, card: Card) -> bool:
        if self.feed == "block":
            return card.has_raw_rsa
        return card.has_pss or not self.pss

    def keys(self, card: Card) -> tuple[KeyNames, ...]:
        return card.keys if self.both_keys else (card.authentication,)

    def data(self, message: bytes) -> bytes:
        if self.feed == "message":
            return message
        if self.feed == "digest":
            return self.words.of(message)
        encoded = digest_info(self.words, message)
        return encoded if self.feed == "digest info" else pkcs1_block(encoded)

    def mechanism(self) -> Mechanism:
        if not self.pss:
            return mechanism(self.kind)
        return mechanism(self.kind, pss(self.words.mechanism, self.words.mgf, self.words.algorithm.digest_size))

    def holds(self, key: RSAPublicKey, message: bytes, signature: bytes) -> bool:
        """True if another implementation verifies the signature."""
        try:
            key.verify(signature, message, self._padding(), self.words.algorithm)
        except InvalidSignature:
            return False
        return True

    def _padding(self) -> padding.AsymmetricPadding:
        if not self.pss:
            return padding.PKCS1v15()
        return padding.PSS(padding.MGF1(self.words.algorithm), self.words.algorithm.digest_size)


RECIPES: dict[CKM, Recipe] = {
    recipe.kind: recipe
    for recipe in (
        Recipe(CKM.RSA_PKCS, SHA256, False, "digest info", True),
        Recipe(CKM.SHA1_RSA_PKCS, SHA1, False, "message", True),
        Recipe(CKM.SHA224_RSA_PKCS, SHA224, False, "message", False),
        Recipe(CKM.SHA256_RSA_PKCS, SHA256, False, "message", True),
        Recipe(CKM.SHA384_RSA_PKCS, SHA384, False, "message", False),
        Recipe(CKM.SHA512_RSA_PKCS, SHA512, False, "message", False),
        Recipe(CKM.RSA_X_509, SHA256, False, "block", False),
        Recipe(CKM.RSA_PKCS_PSS, SHA256, True, "digest", True),
        Recipe(CKM.SHA1_RSA_PKCS_PSS, SHA1, True, "message", True),
        Recipe(CKM.SHA224_RSA_PKCS_PSS, SHA224, True, "message", False),
        Recipe(CKM.SHA256_RSA_PKCS_PSS, SHA256, True, "message", True),
        Recipe(CKM.SHA384_RSA_PKCS_PSS, SHA384, True, "message", False),
        Recipe(CKM.SHA512_RSA_PKCS_PSS, SHA512, True, "message", False),
    )
}


def recipes_of(card: Card) -> list[Recipe]:
    return [recipe for recipe in RECIPES.values() if recipe.is_on(card)]
