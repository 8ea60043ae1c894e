"""The table of mechanisms: a class for each family, a row for each mechanism (PKCS#11 3.2, 6.1 and 6.20 to 6.25)."""

from __future__ import annotations

from cryptolib.cards import scheme
from cryptolib.cryptoki.constants import (
    CKF_DECRYPT,
    CKF_DIGEST,
    CKF_ENCRYPT,
    CKF_HW,
    CKF_SIGN,
    CKF_SIGN_RECOVER,
    CKF_VERIFY,
    CKF_VERIFY_RECOVER,
    CKM_RSA_PKCS,
    CKM_RSA_PKCS_OAEP,
    CKM_RSA_PKCS_PSS,
    CKM_RSA_X_509,
    CKM_SHA1_RSA_PKCS,
    CKM_SHA1_RSA_PKCS_PSS,
    CKM_SHA224_RSA_PKCS,
    CKM_SHA224_RSA_PKCS_PSS,
    CKM_SHA256_RSA_PKCS,
    CKM_SHA256_RSA_PKCS_PSS,
    CKM_SHA384_RSA_PKCS,
    CKM_SHA384_RSA_PKCS_PSS,
    CKM_SHA512_RSA_PKCS,
    CKM_SHA512_RSA_PKCS_PSS,
    CKM_SHA_1,
    CKR_KEY_FUNCTION_NOT_PERMITTED,
    CKR_MECHANISM_INVALID,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms import rsa_cipher, rsa_pkcs1, rsa_pss
from cryptolib.mechanisms.hashes import HASHES, Hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from cryptolib.cards.scheme import Scheme
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.operation import Computation, PrivateKey, PublicKey, Verifier


class Mechanism:
    """One mechanism, and what it can do with a key.

    A subclass overrides what it supports; the methods of this class raise CKR_MECHANISM_INVALID.
    """

    any_parameter = False
    """True if `check_parameter` accepts any parameter; `signer`, `verifier` and so on then read it, or nothing does."""

    def __init__(self, number: int) -> None:
        self.number = number

    def signs(self, schemes: frozenset[Scheme]) -> bool:
        """True if a private key that computes `schemes` signs with this mechanism."""
        return False

    def decrypts(self, schemes: frozenset[Scheme]) -> bool:
        """True if such a key decrypts with it. Its public key then encrypts too: only what the card can decrypt."""
        return False

    def recovers(self, schemes: frozenset[Scheme]) -> bool:
        """True if the signatures of such a key contain the signed data unchanged."""
        return False

    def check_parameter(self, wanted: CkMechanism) -> None:
        """Raises CKR_MECHANISM_PARAM_INVALID if there is a parameter. Mechanisms with one read it in `signer` and
        so on.
        """
        if not self.any_parameter:
            wanted.require_no_parameter()

    def flags(self, schemes: frozenset[Scheme]) -> int:
        """CKF_ flags on a token whose keys together compute `schemes`; 0 if the token does not offer the mechanism."""
        flags = 0
        if self.signs(schemes):
            flags |= CKF_HW | CKF_SIGN | CKF_VERIFY
        if self.decrypts(schemes):
            flags |= CKF_HW | CKF_DECRYPT | CKF_ENCRYPT
        if self.recovers(schemes):
            flags |= CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER
        return flags

    def digest(self) -> Hash:
        """The hash function of a digest mechanism."""
        self._refuse()

    def signer(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        self._refuse()

    def verifier(self, key: PublicKey, wanted: CkMechanism) -> Verifier:
        self._refuse()

    def recoverer(self, key: PublicKey, wanted: CkMechanism) -> Computation:
        self._refuse()

    def encryptor(self, key: PublicKey, wanted: CkMechanism) -> Computation:
        self._refuse()

    def decryptor(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise CryptokiError(CKR_MECHANISM_INVALID)


class Digest(Mechanism):
    """A hash function alone."""

    def __init__(self, function: Hash) -> None:
        super().__init__(function.mechanism)
        self._function = function
        # For CKM_SHA_1 the acceptance plan leaves the parameter uninitialised (cases 810, 813, 816 and 818).
        self.any_parameter = function.mechanism == CKM_SHA_1

    def flags(self, schemes: frozenset[Scheme]) -> int:
        return CKF_DIGEST

    def digest(self) -> Hash:
        return self._function


class RsaPkcs(Mechanism):
    def signs(self, schemes: frozenset[Scheme]) -> bool:
        return rsa_pkcs1.can_sign_data(schemes)

    def decrypts(self, schemes: frozenset[Scheme]) -> bool:
        return bool(schemes & {scheme.DECIPHER, scheme.RAW})

    def signer(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        return rsa_pkcs1.DataSigner(key)

    def verifier(self, key: PublicKey, wanted: CkMechanism) -> Verifier:
        return rsa_pkcs1.DataVerifier(key)

    def recovers(self, schemes: frozenset[Scheme]) -> bool:
        return bool(schemes & rsa_pkcs1.WHOLE_DATA)

    def recoverer(self, key: PublicKey, wanted: CkMechanism) -> Computation:
        return rsa_pkcs1.DataRecoverer(key)

    def encryptor(self, key: PublicKey, wanted: CkMechanism) -> Computation:
        return rsa_cipher.Pkcs1Encryptor(key)

    def decryptor(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        return rsa_cipher.Pkcs1Decryptor(key)


class RsaX509(Mechanism):
    def signs(self, schemes: frozenset[Scheme]) -> bool:
        return scheme.RAW in schemes

    decrypts = signs
    recovers = signs

    def signer(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        return rsa_pkcs1.RawSigner(key)

    def verifier(self, key: PublicKey, wanted: CkMechanism) -> Verifier:
        return rsa_pkcs1.RawVerifier(key)

    def recoverer(self, key: PublicKey, wanted: CkMechanism) -> Computation:
        return rsa_pkcs1.RawRecoverer(key)

    def encryptor(self, key: PublicKey, wanted: CkMechanism) -> Computation:
        return rsa_cipher.RawEncryptor(key)

    def decryptor(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        return rsa_cipher.RawDecryptor(key)


class RsaOaep(Mechanism):
    any_parameter = True

    def decrypts(self, schemes: frozenset[Scheme]) -> bool:
        return scheme.RAW in schemes

    def encryptor(self, key: PublicKey, wanted: CkMechanism) -> Computation:
        return rsa_cipher.OaepEncryptor(key, *rsa_cipher.oaep_parameters(wanted))

    def decryptor(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        return rsa_cipher.OaepDecryptor(key, *rsa_cipher.oaep_parameters(wanted))


class HashRsaPkcs(Mechanism):
    def __init__(self, number: int, function: Hash) -> None:
        super().__init__(number)
        self._function = function

    def signs(self, schemes: frozenset[Scheme]) -> bool:
        return rsa_pkcs1.can_sign_hash(schemes, self._function)

    def signer(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        return rsa_pkcs1.hash_signer(key, self._function)

    def verifier(self, key: PublicKey, wanted: CkMechanism) -> Verifier:
        return rsa_pkcs1.HashVerifier(key, self._function)


class RsaPss(Mechanism):
    any_parameter = True

    def signs(self, schemes: frozenset[Scheme]) -> bool:
        return any(rsa_pss.can_sign(schemes, function) for function in HASHES)

    def signer(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        function = rsa_pss.parameters(wanted, None)
        rsa_pss.check_scheme(key.schemes, function)
        return rsa_pss.DigestSigner(key, function)

    def verifier(self, key: PublicKey, wanted: CkMechanism) -> Verifier:
        return rsa_pss.DigestVerifier(key, rsa_pss.parameters(wanted, None))


class HashRsaPss(Mechanism):
    any_parameter = True

    def __init__(self, number: int, function: Hash) -> None:
        super().__init__(number)
        self._function = function

    def signs(self, schemes: frozenset[Scheme]) -> bool:
        return rsa_pss.can_sign(schemes, self._function)

    def signer(self, key: PrivateKey, wanted: CkMechanism) -> Computation:
        return rsa_pss.HashSigner(key, rsa_pss.parameters(wanted, self._function))

    def verifier(self, key: PublicKey, wanted: CkMechanism) -> Verifier:
        return rsa_pss.HashVerifier(key, rsa_pss.parameters(wanted, self._function))


_HASH_RSA_PKCS = (
    CKM_SHA1_RSA_PKCS, CKM_SHA224_RSA_PKCS, CKM_SHA256_RSA_PKCS, CKM_SHA384_RSA_PKCS, CKM_SHA512_RSA_PKCS,
)  # fmt: skip
_HASH_RSA_PSS = (
    CKM_SHA1_RSA_PKCS_PSS, CKM_SHA224_RSA_PKCS_PSS, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA384_RSA_PKCS_PSS,
    CKM_SHA512_RSA_PKCS_PSS,
)  # fmt: skip

MECHANISMS: dict[int, Mechanism] = {
    mechanism.number: mechanism
    for mechanism in (
        *(Digest(function) for function in HASHES),
        # First among the signing mechanisms: clients that probe a token take the first, and both keys sign with this
        # one.
        RsaPkcs(CKM_RSA_PKCS),
        RsaX509(CKM_RSA_X_509),
        RsaOaep(CKM_RSA_PKCS_OAEP),
        *(HashRsaPkcs(number, function) for number, function in zip(_HASH_RSA_PKCS, HASHES, strict=True)),
        RsaPss(CKM_RSA_PKCS_PSS),
        *(HashRsaPss(number, function) for number, function in zip(_HASH_RSA_PSS, HASHES, strict=True)),
    )
}


def offered(schemes: frozenset[Scheme]) -> dict[int, int]:
    """The mechanisms of a token whose keys together compute `schemes`, with their flags, in table order."""
    flags = {number: mechanism.flags(schemes) for number, mechanism in MECHANISMS.items()}
    return {number: value for number, value in flags.items() if value}


def require_usable(mechanism: Mechanism, schemes: frozenset[Scheme], usage: int) -> None:
    """Check that a key that computes `schemes` supports `usage`, a CKF_ flag, with this mechanism.

    Raises CKR_KEY_FUNCTION_NOT_PERMITTED if the key supports it with no mechanism, CKR_MECHANISM_INVALID if it does
    with another one: clients that try all mechanisms go on with the next then.
    """
    if not mechanism.flags(schemes) & usage:
        possible = any(flags & usage for flags in offered(schemes).values())
        raise CryptokiError(CKR_MECHANISM_INVALID if possible else CKR_KEY_FUNCTION_NOT_PERMITTED)
