"""The features of the reader and their control codes (PC/SC part 10, 2.2 and 2.6)."""

from __future__ import annotations

import struct

from conformance.pinpad_reader.options import PinpadOptions

_CONTROL = 0x42000000
GET_FEATURE_REQUEST = _CONTROL + 3400
_FEATURES = _CONTROL + 0x330000

VERIFY_PIN_DIRECT, MODIFY_PIN_DIRECT, IFD_PIN_PROPERTIES, GET_TLV_PROPERTIES = 0x06, 0x07, 0x0A, 0x12
_LCD_LAYOUT = 0x0210
"""Two lines of sixteen characters."""
_VALIDATION, _TIME_OUT_2, _MIN_PIN_SIZE, _MAX_PIN_SIZE, _PPDU_SUPPORT = 2, 3, 6, 7, 9


def code_of(feature: int) -> int:
    """The control code that asks for the feature."""
    return _FEATURES + feature


def offered(options: PinpadOptions) -> list[int]:
    have = {
        VERIFY_PIN_DIRECT: options.verify,
        MODIFY_PIN_DIRECT: options.modify,
        IFD_PIN_PROPERTIES: options.pin_properties,
        GET_TLV_PROPERTIES: options.tlv_properties,
    }
    return [feature for feature, has in have.items() if has]


def feature_list(options: PinpadOptions) -> bytes:
    """One TLV for each: the tag, the length, and the control code with the highest byte first."""
    if options.features:
        return bytes.fromhex(options.features)
    return b"".join(struct.pack(">BBI", feature, 4, code_of(feature)) for feature in offered(options))


def pin_properties(options: PinpadOptions) -> bytes:
    return struct.pack("=HBB", _LCD_LAYOUT, options.validation, 1)


def tlv_properties(options: PinpadOptions) -> bytes:
    one_byte = {
        _VALIDATION: options.validation,
        _TIME_OUT_2: 1,
        _MIN_PIN_SIZE: options.min_pin_size,
        _MAX_PIN_SIZE: options.max_pin_size,
        _PPDU_SUPPORT: 0,
    }
    return b"".join(bytes((tag, 1, value)) for tag, value in one_byte.items())
