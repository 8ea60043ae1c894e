"""SHA-1 and SHA-256 resumed from an intermediate state, for the last round that a card computes itself.

FIPS 180-4 clauses 5.1.1 (padding), 6.1.2 and 6.2.2 (compression functions).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt

BLOCK = 64
_MASK = 0xFFFFFFFF
_PRIMES = [n for n in range(2, 312) if all(n % d for d in range(2, isqrt(n) + 1))]


def _cube_root_fraction(n: int) -> int:
    """First 32 bits of the fractional part of the cube root of ``n`` (FIPS 180-4 clause 4.2.2)."""
    scaled = n << 96
    root = 1 << ((scaled.bit_length() + 2) // 3)
    while (better := (2 * root + scaled // (root * root)) // 3) < root:
        root = better
    return root & _MASK


_SHA256_CONSTANTS = [_cube_root_fraction(prime) for prime in _PRIMES]
_SHA256_INITIAL = [isqrt(prime << 64) & _MASK for prime in _PRIMES[:8]]
_SHA1_INITIAL = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]


def _left(word: int, count: int) -> int:
    return (word << count | word >> (32 - count)) & _MASK


def _right(word: int, count: int) -> int:
    return (word >> count | word << (32 - count)) & _MASK


def _sha1_compress(state: list[int], block: bytes) -> list[int]:
    words = list(struct.unpack(">16I", block))
    for t in range(16, 80):
        words.append(_left(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1))
    a, b, c, d, e = state
    for t, word in enumerate(words):
        if t < 20:
            f, k = (b & c) | (~b & d), 0x5A827999
        elif t < 40:
            f, k = b ^ c ^ d, 0x6ED9EBA1
        elif t < 60:
            f, k = (b & c) | (b & d) | (c & d), 0x8F1BBCDC
        else:
            f, k = b ^ c ^ d, 0xCA62C1D6
        a, b, c, d, e = (_left(a, 5) + f + e + k + word) & _MASK, a, _left(b, 30), c, d
    return [(old + new) & _MASK for old, new in zip(state, (a, b, c, d, e), strict=True)]


def _sha256_compress(state: list[int], block: bytes) -> list[int]:
    words = list(struct.unpack(">16I", block))
    for t in range(16, 64):
        s0 = _right(words[t - 15], 7) ^ _right(words[t - 15], 18) ^ words[t - 15] >> 3
        s1 = _right(words[t - 2], 17) ^ _right(words[t - 2], 19) ^ words[t - 2] >> 10
        words.append((words[t - 16] + s0 + words[t - 7] + s1) & _MASK)
    a, b, c, d, e, f, g, h = state
    for k, word in zip(_SHA256_CONSTANTS, words, strict=True):
        big1 = _right(e, 6) ^ _right(e, 11) ^ _right(e, 25)
        t1 = h + big1 + ((e & f) ^ (~e & g)) + k + word
        big0 = _right(a, 2) ^ _right(a, 13) ^ _right(a, 22)
        t2 = big0 + ((a & b) ^ (a & c) ^ (b & c))
        a, b, c, d, e, f, g, h = (t1 + t2) & _MASK, a, b, c, (d + t1) & _MASK, e, f, g
    return [(old + new) & _MASK for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


@dataclass(frozen=True, slots=True)
class PartialHash:
    """A Merkle-Damgard hash that starts from any intermediate state."""

    name: str
    size: int
    initial: list[int]
    compress: Callable[[list[int], bytes], list[int]]

    def finish(self, intermediate: bytes, bits_hashed: int, tail: bytes) -> bytes:
        """The digest of a message of which the blocks before ``tail`` gave ``intermediate`` (empty: none did)."""
        state = list(struct.unpack(f">{self.size // 4}I", intermediate)) if intermediate else self.initial
        padded = (
            tail
            + b"\x80"
            + b"\x00" * ((BLOCK - 9 - len(tail)) % BLOCK)
            + struct.pack(">Q", bits_hashed + 8 * len(tail))
        )
        for start in range(0, len(padded), BLOCK):
            state = self.compress(state, padded[start : start + BLOCK])
        return struct.pack(f">{self.size // 4}I", *state)


SHA1 = PartialHash("sha1", 20, _SHA1_INITIAL, _sha1_compress)
SHA256 = PartialHash("sha256", 32, _SHA256_INITIAL, _sha256_compress)
