"""RSASSA-PKCS1-v1_5 and plain RSA signatures (RFC 8017, 8.2; PKCS#11 3.2, 6.1.6, 6.1.8 and 6.1.9)."""

from __future__ import annotations

from cryptolib.cards import scheme
from cryptolib.cryptoki.constants import (
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_SIGNATURE_INVALID,
    CKR_SIGNATURE_LEN_RANGE,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.hashes import HASHES, Hash, HashedInput
from cryptolib.mechanisms.operation import Accumulated, key_size, raw_sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.scheme import Scheme
    from cryptolib.mechanisms.hashes import Buffer
    from cryptolib.mechanisms.operation import Computation, PrivateKey, PublicKey

# The card pads with these; a key has one of them at most.
PADDING_SCHEMES = (scheme.PAD, scheme.AUTHENTICATE)
# These sign data of any content unchanged, so that a verifier can recover them.
WHOLE_DATA = frozenset((*PADDING_SCHEMES, scheme.RAW))


def pad(data: bytes, size: int) -> bytes:
    """EMSA-PKCS1-v1_5 from step 3 on: `data` in a block of `size` bytes."""
    return b"\0\1" + b"\xff" * (size - 3 - len(data)) + b"\0" + data


def can_sign_data(schemes: frozenset[Scheme]) -> bool:
    """True if a key signs the caller's data with PKCS#1 padding."""
    return bool(schemes & WHOLE_DATA) or any(how.operation == "digest" for how in schemes)


def can_sign_hash(schemes: frozenset[Scheme], function: Hash) -> bool:
    """True if a key signs messages hashed with `function`."""
    return bool(schemes & {scheme.PAD, scheme.RAW, scheme.digest(function.name), scheme.last_round(function.name)})


def sign_data(key: PrivateKey, data: bytes) -> bytes:
    """Sign `data` as CKM_RSA_PKCS does. Raises CKR_DATA_LEN_RANGE and CKR_DATA_INVALID."""
    how = next((how for how in PADDING_SCHEMES if how in key.schemes), None)
    if how is not None:
        if not data:
            raise CryptokiError(CKR_DATA_LEN_RANGE, "the card does not pad an empty message")
        return raw_sign(key, how, data, pad(data, key_size(key)))
    if scheme.RAW in key.schemes:
        block = pad(data, key_size(key))
        return raw_sign(key, scheme.RAW, block, block)
    for function in HASHES:
        # A signature key takes a bare digest too; the card adds the DigestInfo.
        if scheme.digest(function.name) in key.schemes and (
            len(data) == function.size
            or (len(data) == len(function.prefix) + function.size and data.startswith(function.prefix))
        ):
            digest = data[-function.size :]
            return raw_sign(key, scheme.digest(function.name), digest, pad(function.prefix + digest, key_size(key)))
    raise CryptokiError(CKR_DATA_INVALID, "neither a digest nor a DigestInfo that this key signs")


class DataSigner(Accumulated):
    """CKM_RSA_PKCS with a private key: PKCS#1 padding around the caller's data."""

    def __init__(self, key: PrivateKey) -> None:
        super().__init__(key.size - scheme.PADDING_OVERHEAD)
        self._key = key
        self.output_size = key.size

    def finish(self) -> bytes:
        return sign_data(self._key, self.data)


class RawSigner(Accumulated):
    """CKM_RSA_X_509 with a private key: signs a number smaller than the modulus."""

    def __init__(self, key: PrivateKey) -> None:
        super().__init__(key.size)
        self._key = key
        self.output_size = key.size

    def finish(self) -> bytes:
        public = self._key.public()
        block = self.data.rjust(self._key.size, b"\0")
        if public is not None and not public.holds(block):
            raise CryptokiError(CKR_DATA_INVALID, "not smaller than the modulus")
        return raw_sign(self._key, scheme.RAW, block, block)


class HashSigner(HashedInput):
    """CKM_SHAx_RSA_PKCS with a private key; the message is hashed here."""

    def __init__(self, key: PrivateKey, function: Hash) -> None:
        super().__init__(function)
        self._key = key
        self.output_size = key.size

    def finish(self) -> bytes:
        return sign_data(self._key, self.function.prefix + self.running.finalize())


class LastRoundSigner:
    """CKM_SHAx_RSA_PKCS with a private key whose card hashes the last block."""

    def __init__(self, key: PrivateKey, function: Hash) -> None:
        # Imported here: only the signature key of a CPS3 needs the compiled module behind it.
        from cryptolib.cards.partial_hash import PartialHash

        self._key = key
        self._function = function
        self._hash = PartialHash(function.name)
        self.output_size = key.size

    def check_room(self, length: int) -> None:
        """Accept any length."""

    def update(self, data: Buffer) -> None:
        self._hash.update(data)

    def finish(self) -> bytes:
        digest_info = self._function.prefix + self._hash.digest()
        block = pad(digest_info, key_size(self._key))
        return raw_sign(self._key, scheme.last_round(self._function.name), self._hash.data_field(), block)


def hash_signer(key: PrivateKey, function: Hash) -> Computation:
    """The signer of messages for this key."""
    last_round = scheme.last_round(function.name) in key.schemes
    return LastRoundSigner(key, function) if last_round else HashSigner(key, function)


class DataVerifier(Accumulated):
    """CKM_RSA_PKCS with a public key."""

    def __init__(self, key: PublicKey) -> None:
        super().__init__(key.size - scheme.PADDING_OVERHEAD)
        self._key = key

    def finish(self, signature: bytes) -> None:
        if open_signature(self._key, signature) != pad(self.data, self._key.size):
            raise CryptokiError(CKR_SIGNATURE_INVALID)


class RawVerifier(Accumulated):
    """CKM_RSA_X_509 with a public key."""

    def __init__(self, key: PublicKey) -> None:
        super().__init__(key.size)
        self._key = key

    def finish(self, signature: bytes) -> None:
        if open_signature(self._key, signature) != self.data.rjust(self._key.size, b"\0"):
            raise CryptokiError(CKR_SIGNATURE_INVALID)


class HashVerifier(HashedInput):
    """CKM_SHAx_RSA_PKCS with a public key."""

    def __init__(self, key: PublicKey, function: Hash) -> None:
        super().__init__(function)
        self._key = key

    def finish(self, signature: bytes) -> None:
        digest_info = self.function.prefix + self.running.finalize()
        if open_signature(self._key, signature) != pad(digest_info, self._key.size):
            raise CryptokiError(CKR_SIGNATURE_INVALID)


class _Recoverer(Accumulated):
    """Collects one signature, as long as the modulus."""

    def __init__(self, key: PublicKey, output_size: int) -> None:
        super().__init__(key.size, CKR_SIGNATURE_LEN_RANGE)
        self._key = key
        self.output_size = output_size


class DataRecoverer(_Recoverer):
    """CKM_RSA_PKCS with a public key: recovers the data from a signature."""

    def __init__(self, key: PublicKey) -> None:
        super().__init__(key, key.size - scheme.PADDING_OVERHEAD)

    def finish(self) -> bytes:
        block = open_signature(self._key, self.data)
        data = block[block.find(0, 2) + 1 :]
        if len(data) > self.output_size or block != pad(data, self._key.size):
            raise CryptokiError(CKR_SIGNATURE_INVALID)
        return data


class RawRecoverer(_Recoverer):
    """CKM_RSA_X_509 with a public key: recovers the block from a signature."""

    def __init__(self, key: PublicKey) -> None:
        super().__init__(key, key.size)

    def finish(self) -> bytes:
        return open_signature(self._key, self.data)


def check_length(key: PublicKey, signature: bytes) -> None:
    """Raises CKR_SIGNATURE_LEN_RANGE unless the signature is as long as the modulus."""
    if len(signature) != key.size:
        raise CryptokiError(CKR_SIGNATURE_LEN_RANGE, f"{len(signature)} bytes for {key.size}")


def open_signature(key: PublicKey, signature: bytes) -> bytes:
    """RSAVP1: the block in `signature`. Raises CKR_SIGNATURE_LEN_RANGE and CKR_SIGNATURE_INVALID."""
    check_length(key, signature)
    if not key.holds(signature):
        raise CryptokiError(CKR_SIGNATURE_INVALID, "not smaller than the modulus")
    return key.apply(signature)
