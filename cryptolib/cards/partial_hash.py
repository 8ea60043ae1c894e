"""SHA-1 and SHA-256 up to the last block, which the card hashes itself (FIPS 180-4, 5 and 6; IAS ECC, PSO HASH).

The compression functions are compiled, because a message may have megabytes.
"""

from __future__ import annotations

from cryptolib._partial_hash import ffi, lib
from cryptolib.cards.scheme import SHA1, SHA256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BLOCK = 64
# The size in bytes of the bit count at the end of the padding.
LENGTH = 8
INTERMEDIATE = 0x90
LAST_BLOCK = 0x80

_START = {
    SHA1: (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0),
    SHA256: (
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    ),
}  # fmt: skip
_COMPRESS: dict[str, Callable[[Any, Any, int], None]] = {SHA1: lib.cps_sha1_blocks, SHA256: lib.cps_sha256_blocks}


class PartialHash:
    """Hashes a message in parts and keeps back its last 1 to 64 bytes (0 of an empty message)."""

    __slots__ = ("_blocks", "_compress", "_kept", "_state")

    def __init__(self, hash_name: str) -> None:
        self._state = ffi.new("uint32_t[]", _START[hash_name])
        self._compress = _COMPRESS[hash_name]
        self._kept = b""
        self._blocks = 0

    def update(self, data: Any) -> None:
        """`data` is bytes or the caller's memory, which is not copied."""
        # A full last block is kept too: the card refuses PSO HASH with an empty last block.
        missing = BLOCK - len(self._kept)
        if len(data) <= missing:
            self._kept += bytes(data)
            return
        if self._kept:
            self._hash(self._kept + bytes(data[:missing]), 1)
        start = missing % BLOCK if self._kept else 0
        blocks = (len(data) - start - 1) // BLOCK
        with ffi.from_buffer(data) as memory:
            self._hash(memory + start, blocks)
        self._kept = bytes(data[start + blocks * BLOCK :])

    def _hash(self, data: Any, blocks: int) -> None:
        self._compress(self._state, data, blocks)
        self._blocks += blocks

    def digest(self) -> bytes:
        """The hash of the whole message, with the kept bytes (FIPS 180-4, 5.1.1)."""
        state = ffi.new("uint32_t[]", list(self._state))
        bits = (self._blocks * BLOCK + len(self._kept)) * 8
        padded = self._kept + b"\x80"
        padded = padded.ljust(-(-(len(padded) + LENGTH) // BLOCK) * BLOCK - LENGTH, b"\0") + bits.to_bytes(
            LENGTH, "big"
        )
        self._compress(state, ffi.from_buffer(padded), len(padded) // BLOCK)
        return _bytes(state)

    def data_field(self) -> bytes:
        """The data field of PSO HASH: 90 with the intermediate hash and the 8-byte bit count, 80 with the last
        block.
        """
        intermediate = b""
        if self._blocks:
            intermediate = _bytes(self._state) + (self._blocks * BLOCK * 8).to_bytes(LENGTH, "big")
        return (
            bytes((INTERMEDIATE, len(intermediate))) + intermediate + bytes((LAST_BLOCK, len(self._kept))) + self._kept
        )


def _bytes(state: Any) -> bytes:
    return b"".join(word.to_bytes(4, "big") for word in state)
