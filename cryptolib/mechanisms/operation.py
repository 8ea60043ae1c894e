"""The interfaces between sessions, mechanisms and keys, and what all operations share (PKCS#11 3.2, 5.1.6)."""

from __future__ import annotations

from cryptolib.cryptoki.constants import CKR_DATA_LEN_RANGE
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeAlias

    from cryptolib.cards.scheme import Scheme
    from cryptolib.mechanisms.hashes import Buffer

    Proof: TypeAlias = Callable[["PublicKey", bytes], bool]

    class PrivateKey(Protocol):
        """A private key on a card."""

        schemes: frozenset[Scheme]

        @property
        def size(self) -> int:
            """The length of the modulus in bytes."""

        def compute(self, how: Scheme, data: bytes, proof: Proof | None = None) -> bytes:
            """The card's result for `data`. If the card holds the public key, `proof` has accepted the result."""

        def known_public(self) -> PublicKey | None:
            """The public key if it is known without asking the card."""

        def public(self) -> PublicKey | None:
            """The public key, read from the card if necessary; None when the card holds none."""

    class Computation(Protocol):
        """An operation with a result: any number of parts in, one result out."""

        output_size: int
        """The longest result in bytes, known without the card."""

        def check_room(self, length: int) -> None:
            """Raises CryptokiError if the operation does not take `length` more bytes; the caller does not read
            them then.
            """

        def update(self, data: Buffer) -> None: ...

        def finish(self) -> bytes: ...

    class Verifier(Protocol):
        """A verification: any number of parts in, then the signature."""

        def check_room(self, length: int) -> None:
            """As `Computation.check_room`."""

        def update(self, data: Buffer) -> None: ...

        def finish(self, signature: bytes) -> None:
            """Verify. Raises CKR_SIGNATURE_LEN_RANGE and CKR_SIGNATURE_INVALID."""


class PublicKey:
    """An RSA public key; `size` is the length of the modulus in bytes."""

    __slots__ = ("exponent", "modulus", "size")

    def __init__(self, modulus: int, exponent: int) -> None:
        self.modulus = modulus
        self.exponent = exponent
        self.size = (modulus.bit_length() + 7) // 8

    def apply(self, block: bytes) -> bytes:
        """RSAEP or RSAVP1 (RFC 8017, 5.1.1 and 5.2.2) on a block smaller than the modulus."""
        return pow(int.from_bytes(block, "big"), self.exponent, self.modulus).to_bytes(self.size, "big")

    def holds(self, block: bytes) -> bool:
        """True if `block` is as long as the modulus and smaller than it."""
        return len(block) == self.size and int.from_bytes(block, "big") < self.modulus


class Accumulated:
    """Collects parts up to `limit` bytes, for mechanisms that need the whole input."""

    def __init__(self, limit: int, too_long: int = CKR_DATA_LEN_RANGE) -> None:
        """`too_long` is the error code for input beyond the limit."""
        self._limit = limit
        self._too_long = too_long
        self.data = b""

    def check_room(self, length: int) -> None:
        """Raises `too_long` if `length` more bytes exceed the limit."""
        if len(self.data) + length > self._limit:
            raise CryptokiError(self._too_long, f"more than {self._limit} bytes")

    def update(self, data: Buffer) -> None:
        """Add a part; raises like `check_room`."""
        self.check_room(len(data))
        self.data += bytes(data)


def key_size(key: PrivateKey) -> int:
    """The length of the modulus in bytes, from the public key if there is one: the directory may be wrong."""
    public = key.public()
    return key.size if public is None else public.size


def raw_sign(key: PrivateKey, how: Scheme, data: bytes, block: bytes) -> bytes:
    """One private key operation; RSAVP1 of the result must give `block`."""
    return key.compute(how, data, lambda public, result: public.holds(result) and public.apply(result) == block)
