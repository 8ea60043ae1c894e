"""What a key of a CPS computes on the card: the vocabulary between mechanisms and drivers.

A scheme is a pair (operation, hash name); the hash is empty where the operation takes the data as they are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Scheme: TypeAlias = tuple[str, str]

# PKCS#1 padding: 00 01 or 00 02, at least eight bytes, 00.
PADDING_OVERHEAD = 11

SHA1 = "SHA-1"
SHA256 = "SHA-256"

# The card applies PKCS#1 type 1 padding to the data (RFC 8017, 9.2 from step 3 on).
PAD: Scheme = ("pad", "")
# The same with a key that stands for the card and not for its holder: what a host has hashed is not for it to sign.
AUTHENTICATE: Scheme = ("authenticate", "")
# RSADP/RSASP1 on a block of the modulus' length (RFC 8017, 5.1.2 and 5.2.1).
RAW: Scheme = ("raw", "")
# RSAES-PKCS1-v1_5 decryption, padding removed by the card.
DECIPHER: Scheme = ("decipher", "")


def digest(hash_name: str) -> Scheme:
    """RSASSA-PKCS1-v1_5 on a digest computed by the host."""
    return ("digest", hash_name)


def last_round(hash_name: str) -> Scheme:
    """RSASSA-PKCS1-v1_5 on a digest whose last block the card hashes itself."""
    return ("last round", hash_name)


def pss(hash_name: str) -> Scheme:
    """RSASSA-PSS on a digest computed by the host; MGF1 with the same hash, salt as long as the digest."""
    return ("pss", hash_name)


def may_be(how: Scheme, length: int, modulus: int) -> bool:
    """Whether a result of this scheme may have `length` bytes with a key whose modulus has `modulus` bytes."""
    return length <= modulus - PADDING_OVERHEAD if how == DECIPHER else length == modulus
