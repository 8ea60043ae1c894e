"""A certificate of the card or of its authorities, as far as it says whose it is, what for, and until when (RFC 5280).

It is read, not verified: whether its signature holds is for a cryptographic library to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from cryptolib.metier import der, name
from cryptolib.metier.codes import CARD_TYPE, Code
from cryptolib.metier.family import Family, family_of
from cryptolib.metier.name import Name
from cryptolib.metier.tlv import Tlv, read

_VERSION, _EXTENSIONS = 0xA0, 0xA3
_KEY_USAGE, _BASIC_CONSTRAINTS, _EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.19", "2.5.29.37"
_SUBJECT_KEY_IDENTIFIER, _AUTHORITY_KEY_IDENTIFIER = "2.5.29.14", "2.5.29.35"
_AUTHORITY_KEY = 0x80
_CARD_TYPE = "1.2.250.1.71.1.2.2"

T = TypeVar("T")

KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension; `value` is what its OCTET STRING holds."""

    oid: str
    value: bytes
    critical: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is missing or damaged among its extensions is None, or empty."""

    serial_number: str
    """The bytes of the number, in hexadecimal."""
    issuer: Name
    subject: Name
    not_before: datetime
    not_after: datetime
    extensions: tuple[Extension, ...]
    raw: bytes = field(repr=False)

    def extension(self, oid: str) -> Tlv | None:
        """The value of an extension, where it can be read."""
        value = next((each.value for each in self.extensions if each.oid == oid), b"")
        return _or_none(lambda: read(value)[0])

    @property
    def key_usages(self) -> tuple[str, ...]:
        usage = self.extension(_KEY_USAGE)
        bits = _or_none(lambda: der.bits(usage)) if usage else None
        return tuple(usage for bit, usage in enumerate(KEY_USAGES) if bit in (bits or ()))

    @property
    def extended_key_usages(self) -> tuple[str, ...]:
        """OIDs."""
        usages = self.extension(_EXTENDED_KEY_USAGE)
        return _or_none(lambda: tuple(der.identifier(usage) for usage in der.parts(usages))) or () if usages else ()

    @property
    def card_type(self) -> Code | None:
        """As the extension 1.2.250.1.71.1.2.2 says it: one byte, in whatever type."""
        value = self.extension(_CARD_TYPE)
        return Code(value.value.hex().upper(), CARD_TYPE) if value and len(value.value) == 1 else None

    @property
    def family(self) -> Family | None:
        return family_of(self.card_type)

    @property
    def is_authority(self) -> bool:
        constraints = self.extension(_BASIC_CONSTRAINTS)
        truth = _or_none(lambda: read(constraints.value)[0]) if constraints else None
        return truth is not None and truth.tag == der.BOOLEAN and any(truth.value)

    @property
    def key_identifier(self) -> bytes | None:
        identifier = self.extension(_SUBJECT_KEY_IDENTIFIER)
        return identifier.value if identifier else None

    @property
    def issuer_key_identifier(self) -> bytes | None:
        identifiers = self.extension(_AUTHORITY_KEY_IDENTIFIER)
        key = _or_none(lambda: read(identifiers.value)[0]) if identifiers else None
        return key.value if key and key.tag == _AUTHORITY_KEY else None


def parse(data: bytes) -> Certificate | None:
    """The certificate at the start of `data`; None when there is none. What follows it is left out."""
    return _or_none(lambda: _parse(bytes(data)))


def _parse(data: bytes) -> Certificate:
    whole, _ = read(data)
    signed, algorithm, signature = der.parts(whole)
    der.expect(algorithm, der.SEQUENCE)
    der.expect(signature, der.BIT_STRING)
    fields = der.parts(signed)
    if fields[:1] and fields[0].tag == _VERSION:
        del fields[0]
    serial_number, _, issuer, validity, subject, _, *others = fields
    start, end = der.parts(validity)
    return Certificate(
        der.expect(serial_number, der.INTEGER).value.hex(),
        name.read(issuer),
        name.read(subject),
        der.moment(start),
        der.moment(end),
        tuple(extension for other in others if other.tag == _EXTENSIONS for extension in _extensions(other)),
        whole.raw,
    )


def _extensions(wrapped: Tlv) -> list[Extension]:
    (sequence,) = der.parts(wrapped, _EXTENSIONS)
    return [_extension(item) for item in der.parts(sequence)]


def _extension(item: Tlv) -> Extension:
    kind, *flags, value = der.parts(item)
    critical = any(any(flag.value) for flag in flags)
    return Extension(der.identifier(kind), der.expect(value, der.OCTET_STRING).value, critical)


def _or_none(reading: Callable[[], T]) -> T | None:
    """What the reading gives; None when the bytes are not what it expects."""
    try:
        return reading()
    except ValueError:
        return None
