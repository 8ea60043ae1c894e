"""Damages answers like a bad line or chip (ISO/IEC 7816-3:2006 clause 12.1: how many bytes were asked for)."""

from __future__ import annotations

from hashlib import shake_128

from conformance.virtual_card.apdu import MAXIMUM_LE

_STATUS_WORD = 2
_MORE_DATA = bytes.fromhex("61FF")
ENDLESS_PART = bytes(range(MAXIMUM_LE)) + _MORE_DATA
"""The most that a short answer holds, and the promise of more."""


def lengthened(command: bytes, answer: bytes, length: int) -> bytes:
    """Data with so many bytes more than requested, or than there are if none were requested."""
    data, status = _split(answer)
    wanted = (_asked(command) or len(data)) + length
    return data + bytes(wanted - len(data)) + status


def garbled(answer: bytes) -> bytes:
    """The answer with other data, or another status word if there are no data; always the same."""
    data, status = _split(answer)
    if data:
        return shake_128(data).digest(len(data)) + status
    return shake_128(status).digest(len(status))


def flipped(answer: bytes, bit: int) -> bytes:
    """One bit inverted; counting starts again at the end of the answer."""
    byte, mask = bit // 8 % len(answer), 0x80 >> bit % 8
    return answer[:byte] + bytes((answer[byte] ^ mask,)) + answer[byte + 1 :]


def _split(answer: bytes) -> tuple[bytes, bytes]:
    return answer[:-_STATUS_WORD], answer[-_STATUS_WORD:]


def _asked(command: bytes) -> int:
    """The bytes that Le asks for; 0 when there is none."""
    without_data, with_data_and_le = len(command) == 5, len(command) > 5 and len(command) == 6 + command[4]
    return (command[-1] or MAXIMUM_LE) if without_data or with_data_and_le else 0
