"""What a mechanism computes between Init and the end, and what it asks of a key (PKCS#11 3.2, 5.1.6)."""

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
        """A key on a card."""

        schemes: frozenset[Scheme]

        @property
        def size(self) -> int:
            """Length of the modulus in bytes."""

        def compute(self, how: Scheme, data: bytes, proof: Proof | None = None) -> bytes:
            """What the card makes of `data`; where it holds the public half, nothing that `proof` refuses."""

        def known_public(self) -> PublicKey | None:
            """The public half when it is known without asking the card."""

        def public(self) -> PublicKey | None:
            """The public half, asked for if it is not known yet; None when the card holds none."""

    class Computation(Protocol):
        """To sign, encrypt, decrypt or recover: any number of parts in, one result out."""

        output_size: int
        """Upper bound of the result's length, known without the card."""

        def check_room(self, length: int) -> None:
            """Raises CryptokiError when it does not take so many bytes more: they are not read then."""

        def update(self, data: Buffer) -> None: ...

        def finish(self) -> bytes: ...

    class Verifier(Protocol):
        """To verify: any number of parts in, then the signature."""

        def check_room(self, length: int) -> None:
            """As that of a computation."""

        def update(self, data: Buffer) -> None: ...

        def finish(self, signature: bytes) -> None:
            """Raises CKR_SIGNATURE_LEN_RANGE and CKR_SIGNATURE_INVALID."""


class PublicKey:
    """Numbers of an RSA public key; `size` is the modulus' length in bytes."""

    __slots__ = ("exponent", "modulus", "size")

    def __init__(self, modulus: int, exponent: int) -> None:
        self.modulus = modulus
        self.exponent = exponent
        self.size = (modulus.bit_length() + 7) // 8

    def apply(self, block: bytes) -> bytes:
        """RSAEP / RSAVP1 (RFC 8017, 5.1.1 and 5.2.2) on a block smaller than the modulus."""
        return pow(int.from_bytes(block, "big"), self.exponent, self.modulus).to_bytes(self.size, "big")

    def holds(self, block: bytes) -> bool:
        """Whether `block` is of the modulus' length and smaller than it."""
        return len(block) == self.size and int.from_bytes(block, "big") < self.modulus


class Accumulated:
    """Parts put together, up to `limit` bytes: for mechanisms that take their input whole."""

    def __init__(self, limit: int, too_long: int = CKR_DATA_LEN_RANGE) -> None:
        """`too_long` is the code for input beyond the limit."""
        self._limit = limit
        self._too_long = too_long
        self.data = b""

    def check_room(self, length: int) -> None:
        """Raises the code for too long an input where `length` more bytes are beyond the limit."""
        if len(self.data) + length > self._limit:
            raise CryptokiError(self._too_long, f"more than {self._limit} bytes")

    def update(self, data: Buffer) -> None:
        """Raises as `check_room`."""
        self.check_room(len(data))
        self.data += bytes(data)


def key_size(key: PrivateKey) -> int:
    """Length of the modulus in bytes, by the public half where the card holds one: a directory may be wrong."""
    public = key.public()
    return key.size if public is None else public.size


def raw_sign(key: PrivateKey, how: Scheme, data: bytes, block: bytes) -> bytes:
    """One private key operation whose result must open to `block`."""
    return key.compute(how, data, lambda public, result: public.holds(result) and public.apply(result) == block)
