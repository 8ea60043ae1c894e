"""GET DATA on a CPS3: the security data objects of PINs, keys and security environments.

ISO/IEC 7816-4:2013 clause 11.4.3 (GET DATA, odd instruction) and extended header lists; IAS ECC 1.0.1 SDOs.
"""

from __future__ import annotations

from conformance.virtual_card.access import ALWAYS, ISSUER_UNBLOCKING, NEVER, PIN_REFERENCE, PUK_REFERENCE, Pin
from conformance.virtual_card.apdu import SW, Command, Response, StatusError
from conformance.virtual_card.chip import Chip
from conformance.virtual_card.files import Key
from conformance.virtual_card.tlv import tlv

SECURITY_ENVIRONMENTS = {1: PIN_REFERENCE, 3: PUK_REFERENCE}

_CURRENT_DIRECTORY = 0x3FFF
_PIN_CLASS, _KEY_CLASS, _ENVIRONMENT_CLASS = 0x81, 0x90, 0xFB
_ALL_PARAMETERS = bytes.fromhex("A080")
_ALL_TEMPLATES = bytes.fromhex("7B80")
_LOCAL = 0x80


def get_data(chip: Chip, command: Command) -> Response:
    """Answers one security data object of the current directory."""
    if command.p1p2 != _CURRENT_DIRECTORY:
        raise StatusError(SW.INCORRECT_P1P2)
    object_class, reference, wanted = _parse_request(command.data)
    if object_class == _PIN_CLASS and wanted == _ALL_PARAMETERS:
        return Response(_pin_object(chip, reference))
    if object_class == _KEY_CLASS and wanted == _ALL_PARAMETERS:
        return Response(_key_object(chip.key(reference | _LOCAL)))
    if object_class == _ENVIRONMENT_CLASS and wanted == _ALL_TEMPLATES:
        return Response(_environment_object(chip, reference))
    raise StatusError(SW.INCORRECT_DATA)


def _parse_request(data: bytes) -> tuple[int, int, bytes]:
    """Class, reference and wanted part of ``4D 08 70 06 BF <class> <reference> 02 <part> 80``."""
    if len(data) != 10 or data[:5] != bytes.fromhex("4D087006BF") or data[7] != 2:
        raise StatusError(SW.INCORRECT_DATA)
    return data[5], data[6], data[8:]


def _object(object_class: int, reference: int, *content: bytes) -> bytes:
    return tlv(0x70, tlv(0xBF << 16 | object_class << 8 | reference, *content))


def _require_master_file(chip: Chip) -> None:
    """The PINs and the environments are objects of the MF."""
    if chip.directory is not chip.files.mf:
        raise StatusError(SW.REFERENCED_DATA_NOT_FOUND)


def _pin_object(chip: Chip, reference: int) -> bytes:
    _require_master_file(chip)
    pin = chip.security.pin(reference)
    remaining_uses = tlv(0x9D, pin.uses.to_bytes(2, "big")) if pin.uses is not None else b""
    counters = tlv(0x9A, bytes((pin.maximum,))) + tlv(0x9B, bytes((pin.tries,))) + remaining_uses
    return _object(_PIN_CLASS, reference, tlv(0xA0, counters, tlv(0xA1, tlv(0x8C, _pin_rules(pin, reference)))))


def _pin_rules(pin: Pin, reference: int) -> bytes:
    """Access mode byte, then change, verify, reset, put, get."""
    if reference == PUK_REFERENCE:
        return bytes((0xF3, NEVER, ALWAYS, NEVER, NEVER, ALWAYS))
    return bytes((0xF3, ALWAYS, ALWAYS, ISSUER_UNBLOCKING, NEVER, ALWAYS))


def _key_object(key: Key) -> bytes:
    """Access mode byte, then sign, authenticate, decipher, generate, put, get."""
    uses = [key.condition if use in key.uses else NEVER for use in ("sign", "authenticate", "decipher")]
    rules = bytes((0xFB, *uses, NEVER, NEVER, ALWAYS))
    size = tlv(0x80, key.rsa.size.to_bytes(2, "big"))
    return _object(_KEY_CLASS, key.reference & ~_LOCAL, tlv(0xA0, size, tlv(0xA1, tlv(0x8C, rules))))


def _environment_object(chip: Chip, reference: int) -> bytes:
    """One authentication template: the PIN that must have been presented (usage 08, user authentication)."""
    _require_master_file(chip)
    if reference not in SECURITY_ENVIRONMENTS:
        raise StatusError(SW.REFERENCED_DATA_NOT_FOUND)
    pin = SECURITY_ENVIRONMENTS[reference]
    template = tlv(0xA4, tlv(0x83, bytes((pin,))), tlv(0x95, b"\x08"))
    return _object(_ENVIRONMENT_CLASS, reference, tlv(0x7B, tlv(0x80, bytes((reference,))), template))
