"""The operations that a key of a CPS computes: terms shared by mechanisms and drivers.

There is one Scheme object for each operation and hash function, so `is` and `==` compare them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    # A Literal, so that mypy refuses a wrong name.
    Operation: TypeAlias = Literal["pad", "authenticate", "raw", "decipher", "digest", "last round", "pss"]

# PKCS#1 padding: 00 01 or 00 02, at least eight bytes, 00.
PADDING_OVERHEAD = 11

SHA1 = "SHA-1"
SHA256 = "SHA-256"


class Scheme:
    """An `operation` and the name of its hash function, "" if it takes the data as they are."""

    __slots__ = ("hash", "operation")

    def __init__(self, operation: Operation, hash_name: str = "") -> None:
        self.operation: Operation = operation
        self.hash = hash_name

    def __repr__(self) -> str:
        return f"{self.operation} {self.hash}".rstrip()


# The card applies PKCS#1 type 1 padding to the data (RFC 8017, 9.2 from step 3 on).
PAD = Scheme("pad")
# The same with a key that stands for the card, not its holder: it must not sign what a host has hashed.
AUTHENTICATE = Scheme("authenticate")
# RSADP/RSASP1 on a block as long as the modulus (RFC 8017, 5.1.2 and 5.2.1).
RAW = Scheme("raw")
# RSAES-PKCS1-v1_5 decryption; the card removes the padding.
DECIPHER = Scheme("decipher")

_with_hash: dict[tuple[Operation, str], Scheme] = {}


def digest(hash_name: str) -> Scheme:
    """RSASSA-PKCS1-v1_5 on a digest computed by the host."""
    return _one("digest", hash_name)


def last_round(hash_name: str) -> Scheme:
    """RSASSA-PKCS1-v1_5 on a digest whose last block the card hashes itself."""
    return _one("last round", hash_name)


def pss(hash_name: str) -> Scheme:
    """RSASSA-PSS on a digest computed by the host; MGF1 with the same hash, salt as long as the digest."""
    return _one("pss", hash_name)


def _one(operation: Operation, hash_name: str) -> Scheme:
    known = _with_hash.get((operation, hash_name))
    # Two threads that come here at once get the same object.
    return known or _with_hash.setdefault((operation, hash_name), Scheme(operation, hash_name))


def may_be(how: Scheme, length: int, modulus: int) -> bool:
    """True if a result of this scheme may have `length` bytes with a modulus of `modulus` bytes."""
    return length <= modulus - PADDING_OVERHEAD if how is DECIPHER else length == modulus
