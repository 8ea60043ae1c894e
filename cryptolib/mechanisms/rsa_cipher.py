"""RSA encryption with a public key and decryption on the card (RFC 8017, 7; PKCS#11 3.2, 6.1.6, 6.1.8 and 6.1.9)."""

from __future__ import annotations

import posix

from cryptolib.cards import scheme
from cryptolib.cryptoki.constants import (
    CKR_DATA_INVALID,
    CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE,
    CKR_KEY_SIZE_RANGE,
    CKR_MECHANISM_PARAM_INVALID,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.hashes import BY_MECHANISM, Hash, mgf1, xor
from cryptolib.mechanisms.operation import Accumulated, raw_sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.operation import PrivateKey, PublicKey


def oaep_parameters(wanted: CkMechanism) -> tuple[Hash, Hash, bytes]:
    """Hash, hash of the MGF, and label. Raises CKR_MECHANISM_PARAM_INVALID."""
    hash_type, mgf, label = wanted.oaep()
    function = BY_MECHANISM.get(hash_type)
    mask = next((candidate for candidate in BY_MECHANISM.values() if candidate.mgf == mgf), None)
    if function is None or mask is None:
        raise CryptokiError(CKR_MECHANISM_PARAM_INVALID, "unknown hash or mask generation function")
    return function, mask, label


def oaep_room(size: int, function: Hash) -> int:
    """The longest message for a modulus of `size` bytes. Raises CKR_KEY_SIZE_RANGE if the modulus is too short."""
    room = size - 2 * function.size - 2
    if room < 0:
        raise CryptokiError(CKR_KEY_SIZE_RANGE, f"no room for {function.name}")
    return room


def _without_zeros(length: int) -> bytes:
    """Random bytes without zeros (RFC 8017, 7.2.1 step 2a)."""
    made = b""
    while len(made) < length:
        made += posix.urandom(length - len(made)).replace(b"\0", b"")
    return made


class Pkcs1Encryptor(Accumulated):
    """CKM_RSA_PKCS with a public key."""

    def __init__(self, key: PublicKey) -> None:
        super().__init__(key.size - scheme.PADDING_OVERHEAD)
        self._key = key
        self.output_size = key.size

    def finish(self) -> bytes:
        filler = _without_zeros(self._key.size - 3 - len(self.data))
        return self._key.apply(b"\0\2" + filler + b"\0" + self.data)


class OaepEncryptor(Accumulated):
    """CKM_RSA_PKCS_OAEP with a public key."""

    def __init__(self, key: PublicKey, function: Hash, mask: Hash, label: bytes) -> None:
        super().__init__(oaep_room(key.size, function))
        self._key = key
        self._function = function
        self._mask = mask
        self._label = label
        self.output_size = key.size

    def finish(self) -> bytes:
        return self._key.apply(self._encoded(posix.urandom(self._function.size)))

    def _encoded(self, seed: bytes) -> bytes:
        """EME-OAEP encoding (RFC 8017, 7.1.1 step 2)."""
        size = self._function.size
        zeros = bytes(self._key.size - 2 * size - 2 - len(self.data))
        content = self._function.digest(self._label) + zeros + b"\1" + self.data
        masked = xor(content, mgf1(seed, len(content), self._mask))
        return b"\0" + xor(seed, mgf1(masked, size, self._mask)) + masked


class RawEncryptor(Accumulated):
    """CKM_RSA_X_509 with a public key."""

    def __init__(self, key: PublicKey) -> None:
        super().__init__(key.size)
        self._key = key
        self.output_size = key.size

    def finish(self) -> bytes:
        block = self.data.rjust(self._key.size, b"\0")
        if not self._key.holds(block):
            raise CryptokiError(CKR_DATA_INVALID, "not smaller than the modulus")
        return self._key.apply(block)


class _Decryptor(Accumulated):
    """Collects one cryptogram, as long as the modulus, and has the card decrypt it."""

    def __init__(self, key: PrivateKey, output_size: int) -> None:
        super().__init__(key.size, CKR_ENCRYPTED_DATA_LEN_RANGE)
        self._key = key
        self.output_size = output_size

    def _cryptogram(self, public: Callable[[], PublicKey | None]) -> bytes:
        """The collected cryptogram. It must be smaller than the modulus of `public()`, which is called if the
        length is right.
        """
        if len(self.data) != self._key.size:
            raise CryptokiError(CKR_ENCRYPTED_DATA_LEN_RANGE, f"{len(self.data)} bytes for {self._key.size}")
        modulus = public()
        if modulus is not None and not modulus.holds(self.data):
            raise CryptokiError(CKR_ENCRYPTED_DATA_INVALID, "not smaller than the modulus")
        return self.data

    def _raw(self) -> bytes:
        cryptogram = self._cryptogram(self._key.public)
        return raw_sign(self._key, scheme.RAW, cryptogram, cryptogram)


class RawDecryptor(_Decryptor):
    """CKM_RSA_X_509 with a private key."""

    def __init__(self, key: PrivateKey) -> None:
        super().__init__(key, key.size)

    def finish(self) -> bytes:
        return self._raw()


class Pkcs1Decryptor(_Decryptor):
    """CKM_RSA_PKCS with a private key; the card or this class removes the padding."""

    def __init__(self, key: PrivateKey) -> None:
        super().__init__(key, key.size - scheme.PADDING_OVERHEAD)

    def finish(self) -> bytes:
        if scheme.DECIPHER in self._key.schemes:
            # The card has removed the padding: only the length can be checked.
            return self._key.compute(scheme.DECIPHER, self._cryptogram(self._key.known_public))
        block = self._raw()
        end = block.find(0, 2)
        if not block.startswith(b"\0\2") or end < scheme.PADDING_OVERHEAD - 1:
            raise CryptokiError(CKR_ENCRYPTED_DATA_INVALID)
        return block[end + 1 :]


class OaepDecryptor(_Decryptor):
    """CKM_RSA_PKCS_OAEP with a private key: EME-OAEP decoding of the card's raw result (RFC 8017, 7.1.2 step 3)."""

    def __init__(self, key: PrivateKey, function: Hash, mask: Hash, label: bytes) -> None:
        super().__init__(key, oaep_room(key.size, function))
        self._function = function
        self._mask = mask
        self._label = label

    def finish(self) -> bytes:
        block = self._raw()
        size = self._function.size
        masked_seed, masked = block[1 : 1 + size], block[1 + size :]
        seed = xor(masked_seed, mgf1(masked, size, self._mask))
        content = xor(masked, mgf1(seed, len(masked), self._mask))
        head, rest = content[:size], content[size:]
        message = rest.lstrip(b"\0")
        # One error for every defect: a distinction would help an attacker to decrypt without the key (RFC 8017, 7.1.2).
        if not (block[0] == 0) & (head == self._function.digest(self._label)) & message.startswith(b"\1"):
            raise CryptokiError(CKR_ENCRYPTED_DATA_INVALID)
        return message[1:]
