"""The RSA engine of the chip: private key operation, PKCS #1 v1.5 and PSS encodings.

RFC 8017 clauses 5.1.2, 7.2.2, 9.1.1 and 9.2.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from conformance.virtual_card.tlv import integer, null, octets, oid, sequence

HASH_OIDS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1"}


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """Two primes and a public exponent; everything else is derived from them."""

    p: int
    q: int
    e: int = 65537

    @property
    def n(self) -> int:
        return self.p * self.q

    @property
    def size(self) -> int:
        """Length of the modulus in bytes."""
        return (self.n.bit_length() + 7) // 8

    def apply(self, block: bytes) -> bytes:
        """Raw private key operation by the Chinese remainder theorem; ValueError when the block is not below n."""
        value = int.from_bytes(block, "big")
        if len(block) != self.size or value >= self.n:
            raise ValueError("block not below the modulus")
        m1 = pow(value % self.p, pow(self.e, -1, self.p - 1), self.p)
        m2 = pow(value % self.q, pow(self.e, -1, self.q - 1), self.q)
        h = pow(self.q, -1, self.p) * (m1 - m2) % self.p
        return (m2 + h * self.q).to_bytes(self.size, "big")

    def public_key_der(self) -> bytes:
        """RSAPublicKey (RFC 8017 appendix A.1.1)."""
        return sequence(integer(self.n), integer(self.e))


def digest_info(hash_name: str, digest: bytes) -> bytes:
    return sequence(sequence(oid(HASH_OIDS[hash_name]), null()), octets(digest))


def pad_signature(data: bytes, size: int) -> bytes:
    """EMSA-PKCS1-v1_5 around ready data (block type 1); ValueError when the data is too long."""
    if len(data) > size - 11:
        raise ValueError("data too long for the modulus")
    return b"\x00\x01" + b"\xff" * (size - 3 - len(data)) + b"\x00" + data


def remove_encryption_padding(block: bytes) -> bytes:
    """RSAES-PKCS1-v1_5 decoding (block type 2); ValueError when the block is not well formed."""
    separator = block.find(0, 2)
    if block[:2] != b"\x00\x02" or separator < 10:
        raise ValueError("not a PKCS #1 type 2 block")
    return block[separator + 1 :]


def pss_encode(hash_name: str, digest: bytes, bits: int) -> bytes:
    """EMSA-PSS of a ready digest, MGF1 with the same hash, salt as long as the hash."""
    salt = os.urandom(len(digest))
    size = (bits + 7) // 8
    h = hashlib.new(hash_name, bytes(8) + digest + salt).digest()
    db = bytes(size - len(salt) - len(h) - 2) + b"\x01" + salt
    masked = bytearray(x ^ y for x, y in zip(db, _mgf1(hash_name, h, len(db)), strict=True))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + h + b"\xbc"


def _mgf1(hash_name: str, seed: bytes, length: int) -> bytes:
    mask = b""
    counter = 0
    while len(mask) < length:
        mask += hashlib.new(hash_name, seed + counter.to_bytes(4, "big")).digest()
        counter += 1
    return mask[:length]
