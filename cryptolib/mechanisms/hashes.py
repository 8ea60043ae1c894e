"""The hash functions of the mechanisms: names, mechanism numbers, DigestInfo (FIPS 180-4; RFC 8017, 9.2 note 1)."""

from __future__ import annotations

import sys

from cryptolib.cards.scheme import SHA1, SHA256
from cryptolib.cryptoki.constants import (
    CKG_MGF1_SHA1,
    CKG_MGF1_SHA224,
    CKG_MGF1_SHA256,
    CKG_MGF1_SHA384,
    CKG_MGF1_SHA512,
    CKM_SHA224,
    CKM_SHA256,
    CKM_SHA384,
    CKM_SHA512,
    CKM_SHA_1,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    # Bytes, or the caller's memory as a cffi buffer.
    Buffer: TypeAlias = Any


def _builtin_functions() -> dict[str, Callable[[], Any]]:
    """Python's built-in hash functions by name, without OpenSSL; some distributions build none."""
    found: dict[str, Callable[[], Any]] = {}
    # Looking for a missing module costs as much as importing two.
    for module in ("_sha1", "_sha2") if sys.version_info >= (3, 12) else ("_sha1", "_sha256", "_sha512"):
        try:
            found.update(vars(__import__(module)))
        except ImportError:
            continue
    return found


def _from_cryptography(name: str) -> Callable[[], Any]:
    """The hash function of the package cryptography, for a Python without built-in ones."""
    from cryptography.hazmat.primitives import hashes

    algorithm = getattr(hashes, name)()
    return lambda: hashes.Hash(algorithm)


_BUILTIN = _builtin_functions()


class Hash:
    """A hash function: digest `size` in bytes, CKM_ and CKG_MGF1_ numbers, DigestInfo `prefix`."""

    __slots__ = ("begin", "mechanism", "mgf", "name", "prefix", "size")

    def __init__(self, name: str, size: int, mechanism: int, mgf: int, prefix: str, class_name: str) -> None:
        self.name = name
        self.size = size
        self.mechanism = mechanism
        self.mgf = mgf
        self.prefix = bytes.fromhex(prefix)
        self.begin = _BUILTIN.get(class_name.lower()) or _from_cryptography(class_name)

    def start(self) -> RunningHash:
        return RunningHash(self.begin())

    def digest(self, data: bytes) -> bytes:
        running = self.start()
        running.update(data)
        return running.finalize()


# Python's functions hold the GIL, so a long message is hashed in pieces, to let other threads run.
PART = 1 << 20


class RunningHash:
    """The state of a hash."""

    __slots__ = ("_state",)

    def __init__(self, state: Any) -> None:
        self._state = state

    def update(self, data: Buffer) -> None:
        view = memoryview(data)
        for start in range(0, len(view), PART):
            self._state.update(view[start : start + PART])

    def copy(self) -> RunningHash:
        return RunningHash(self._state.copy())

    def finalize(self) -> bytes:
        state = self._state
        digest: bytes = state.digest() if hasattr(state, "digest") else state.finalize()
        return digest


class HashedInput:
    """A message of any length that is hashed part by part: the base of the operations that hash."""

    def __init__(self, function: Hash) -> None:
        self.function = function
        self.running = function.start()

    def check_room(self, length: int) -> None:
        """Accept any length."""

    def update(self, data: Buffer) -> None:
        self.running.update(data)


HASHES = (
    Hash(SHA1, 20, CKM_SHA_1, CKG_MGF1_SHA1, "3021300906052B0E03021A05000414", "SHA1"),
    Hash("SHA-224", 28, CKM_SHA224, CKG_MGF1_SHA224, "302D300D06096086480165030402040500041C", "SHA224"),
    Hash(SHA256, 32, CKM_SHA256, CKG_MGF1_SHA256, "3031300D060960864801650304020105000420", "SHA256"),
    Hash("SHA-384", 48, CKM_SHA384, CKG_MGF1_SHA384, "3041300D060960864801650304020205000430", "SHA384"),
    Hash("SHA-512", 64, CKM_SHA512, CKG_MGF1_SHA512, "3051300D060960864801650304020305000440", "SHA512"),
)
BY_MECHANISM = {function.mechanism: function for function in HASHES}


def mgf1(seed: bytes, length: int, function: Hash) -> bytes:
    """MGF1 (RFC 8017, B.2.1)."""
    mask = b""
    counter = 0
    while len(mask) < length:
        mask += function.digest(seed + counter.to_bytes(4, "big"))
        counter += 1
    return mask[:length]


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
