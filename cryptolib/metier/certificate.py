"""Parses certificates of cards and authorities (RFC 5280). It verifies nothing.

Use a cryptographic library to verify signatures.
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
    """An extension (RFC 5280, 4.2); `value` is the content of its OCTET STRING."""

    oid: str
    value: bytes
    critical: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate (RFC 5280, 4.1). A missing or damaged extension gives None or an empty value."""

    serial_number: str
    """The content of the INTEGER, in lower case hexadecimal."""
    issuer: Name
    subject: Name
    not_before: datetime
    not_after: datetime
    extensions: tuple[Extension, ...]
    """In the order of the certificate."""
    raw: bytes = field(repr=False)
    """The certificate in DER."""

    def extension(self, oid: str) -> Tlv | None:
        """The value of the extension with this OID; None if it is missing or unreadable."""
        value = next((each.value for each in self.extensions if each.oid == oid), b"")
        return _or_none(lambda: read(value)[0])

    @property
    def key_usages(self) -> tuple[str, ...]:
        """The names of the key usages (RFC 5280, 4.2.1.3), such as `digitalSignature`."""
        usage = self.extension(_KEY_USAGE)
        bits = _or_none(lambda: der.bits(usage)) if usage else None
        return tuple(usage for bit, usage in enumerate(KEY_USAGES) if bit in (bits or ()))

    @property
    def extended_key_usages(self) -> tuple[str, ...]:
        """The OIDs of the extended key usages (RFC 5280, 4.2.1.12)."""
        usages = self.extension(_EXTENDED_KEY_USAGE)
        return _or_none(lambda: tuple(der.identifier(usage) for usage in der.parts(usages))) or () if usages else ()

    @property
    def card_type(self) -> Code | None:
        """The code of G02 in the extension 1.2.250.1.71.1.2.2: one byte, of any ASN.1 type."""
        value = self.extension(_CARD_TYPE)
        return Code(value.value.hex().upper(), CARD_TYPE) if value and len(value.value) == 1 else None

    @property
    def family(self) -> Family | None:
        """The family of the card, from `card_type`."""
        return family_of(self.card_type)

    @property
    def is_authority(self) -> bool:
        """True if basicConstraints has cA true (RFC 5280, 4.2.1.9)."""
        constraints = self.extension(_BASIC_CONSTRAINTS)
        truth = _or_none(lambda: read(constraints.value)[0]) if constraints else None
        return truth is not None and truth.tag == der.BOOLEAN and any(truth.value)

    @property
    def key_identifier(self) -> bytes | None:
        """The subject key identifier (RFC 5280, 4.2.1.2)."""
        identifier = self.extension(_SUBJECT_KEY_IDENTIFIER)
        return identifier.value if identifier else None

    @property
    def issuer_key_identifier(self) -> bytes | None:
        """The key identifier in the authority key identifier (RFC 5280, 4.2.1.1)."""
        identifiers = self.extension(_AUTHORITY_KEY_IDENTIFIER)
        key = _or_none(lambda: read(identifiers.value)[0]) if identifiers else None
        return key.value if key and key.tag == _AUTHORITY_KEY else None


def parse(data: bytes) -> Certificate | None:
    """Parse the certificate in DER at the start of `data`; None if there is none. Ignores the bytes after it."""
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
    """The result of `reading`; None if it raises ValueError."""
    try:
        return reading()
    except ValueError:
        return None
