"""The features of a reader and the properties of its keypad (PC/SC part 10, 2.2, 2.6.14)."""

from __future__ import annotations

from cryptolib.iso7816.connection import Keypad

# SCARD_CTL_CODE(3400): the only control code that all readers share.
GET_FEATURE_REQUEST = 0x42000000 + 3400

VERIFY_PIN_DIRECT = 0x06
MODIFY_PIN_DIRECT = 0x07
TLV_PROPERTIES = 0x12

MIN_PIN_SIZE = 0x06
MAX_PIN_SIZE = 0x07

CONTROL_CODE_LENGTH = 4


def control_codes(answer: bytes) -> dict[int, int]:
    """The control code of each feature in the answer to GET_FEATURE_REQUEST."""
    return {
        tag: int.from_bytes(value, "big") for tag, value in _items(answer).items() if len(value) == CONTROL_CODE_LENGTH
    }


def keypad(features: dict[int, int], properties: bytes) -> Keypad:
    """The keypad of a reader with VERIFY_PIN_DIRECT; `properties` is its answer to TLV_PROPERTIES, or empty."""
    told = _items(properties)
    least, most = (int.from_bytes(told.get(tag, b""), "little") for tag in (MIN_PIN_SIZE, MAX_PIN_SIZE))
    return Keypad(MODIFY_PIN_DIRECT in features, least, most)


def _items(answer: bytes) -> dict[int, bytes]:
    """Tags and values; each length has one byte. A cut item at the end is ignored."""
    items: dict[int, bytes] = {}
    position = 0
    while position + 2 <= len(answer):
        tag, length = answer[position], answer[position + 1]
        position += 2 + length
        if position <= len(answer):
            items.setdefault(tag, answer[position - length : position])
    return items
