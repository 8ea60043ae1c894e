"""Attribute values as bytes (PKCS#11 3.2, 4.2): CK_ULONG in the host's byte order, CK_BBOOL, Big Integer."""

from __future__ import annotations

import sys

ULONG_SIZE = 8
TRUE = b"\1"
FALSE = b"\0"


def ulong(value: int) -> bytes:
    """A CK_ULONG."""
    return (value & 0xFFFFFFFFFFFFFFFF).to_bytes(ULONG_SIZE, sys.byteorder)


def from_ulong(value: bytes) -> int:
    """The number in a CK_ULONG."""
    return int.from_bytes(value, sys.byteorder)


def boolean(value: bool) -> bytes:
    """A CK_BBOOL."""
    return TRUE if value else FALSE


def big_integer(value: int) -> bytes:
    """A Big Integer: most significant byte first, no leading zero."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
