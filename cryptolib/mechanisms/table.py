"""The mechanisms there are: one class for a family, one row for a mechanism (PKCS#11 3.2, 6.1 and 6.20 to 6.25)."""

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
    """One mechanism: what it can do with which key.

    What it does not say that it can do, it refuses: the methods of the base class raise CKR_MECHANISM_INVALID.
    """

    any_parameter = False
    """Whether `check_parameter` leaves the parameter alone: its signer, verifier and their like check it, or nobody."""

    def __init__(self, number: int) -> None:
        self.number = number

    def signs(self, schemes: frozenset[Scheme]) -> bool:
        """Whether a private key that computes `schemes` signs with this mechanism."""
        return False

    def decrypts(self, schemes: frozenset[Scheme]) -> bool:
        """Whether such a key decrypts with it; its public half encrypts what the card can decrypt again, no more."""
        return False

    def recovers(self, schemes: frozenset[Scheme]) -> bool:
        """Whether the signatures of such a key give their data back: what was signed stands in them as it was."""
        return False

    def check_parameter(self, wanted: CkMechanism) -> None:
        """Raises CKR_MECHANISM_PARAM_INVALID. Most mechanisms take none; who takes one reads it when it builds."""
        if not self.any_parameter:
            wanted.require_no_parameter()

    def flags(self, schemes: frozenset[Scheme]) -> int:
        """CKF_ flags on a token whose keys together compute `schemes`; 0 when the token does not offer it."""
        flags = 0
        if self.signs(schemes):
            flags |= CKF_HW | CKF_SIGN | CKF_VERIFY
        if self.decrypts(schemes):
            flags |= CKF_HW | CKF_DECRYPT | CKF_ENCRYPT
        if self.recovers(schemes):
            flags |= CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER
        return flags

    def digest(self) -> Hash:
        """The hash function that it is."""
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
    """A hash function by itself."""

    def __init__(self, function: Hash) -> None:
        super().__init__(function.mechanism)
        self._function = function
        # The acceptance plan leaves that of CKM_SHA_1 uninitialised (cases 810, 813, 816 and 818).
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
        # First among those that sign: clients that try a token out take the first, and both keys sign with this one.
        RsaPkcs(CKM_RSA_PKCS),
        RsaX509(CKM_RSA_X_509),
        RsaOaep(CKM_RSA_PKCS_OAEP),
        *(HashRsaPkcs(number, function) for number, function in zip(_HASH_RSA_PKCS, HASHES, strict=True)),
        RsaPss(CKM_RSA_PKCS_PSS),
        *(HashRsaPss(number, function) for number, function in zip(_HASH_RSA_PSS, HASHES, strict=True)),
    )
}


def offered(schemes: frozenset[Scheme]) -> dict[int, int]:
    """The mechanisms of a token whose keys together compute `schemes`, with their flags, in the table's order."""
    flags = {number: mechanism.flags(schemes) for number, mechanism in MECHANISMS.items()}
    return {number: value for number, value in flags.items() if value}


def require_usable(mechanism: Mechanism, schemes: frozenset[Scheme], usage: int) -> None:
    """Whether a key that computes `schemes` is good for `usage`, a CKF_ flag, with this mechanism.

    Raises CKR_KEY_FUNCTION_NOT_PERMITTED for a key that is good for it with none, CKR_MECHANISM_INVALID for one that
    is with others: clients that try all mechanisms on each key go on with the next one.
    """
    if not mechanism.flags(schemes) & usage:
        possible = any(flags & usage for flags in offered(schemes).values())
        raise CryptokiError(CKR_MECHANISM_INVALID if possible else CKR_KEY_FUNCTION_NOT_PERMITTED)
