"""What a certificate of the card says of its holder, and whether it is valid today (RFC 5280, 4.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography.x509 import Certificate, load_der_x509_certificate
from cryptography.x509.oid import NameOID, ObjectIdentifier

from cryptolib.gestion.verdict import Verdict

SOON = timedelta(days=60)

# The first digit of the national identifier tells which register it is a number of.
_REGISTERS = {"0": "ADELI", "8": "RPPS"}


class Validity(StrEnum):
    VALID = "valid"
    SOON = "soon"
    EXPIRED = "expired"
    EARLY = "early"


VERDICTS = {
    Validity.VALID: Verdict.OK,
    Validity.SOON: Verdict.WARNING,
    Validity.EXPIRED: Verdict.FAILURE,
    Validity.EARLY: Verdict.FAILURE,
}


@dataclass(frozen=True, slots=True)
class Holder:
    name: str
    profession: str
    identifier: str
    """As the card has it: one digit for the register, then the number in it."""

    @property
    def explained(self) -> str:
        register = _REGISTERS.get(self.identifier[:1])
        return f"{self.identifier} ({register} {self.identifier[1:]})" if register else self.identifier


def parse(der: bytes) -> Certificate | None:
    try:
        return load_der_x509_certificate(der)
    except ValueError:
        return None


def holder(certificate: Certificate) -> Holder:
    def word(kind: ObjectIdentifier) -> str:
        return " ".join(str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(kind))

    identifier = word(NameOID.COMMON_NAME)
    name = f"{word(NameOID.GIVEN_NAME)} {word(NameOID.SURNAME)}".strip()
    return Holder(name or identifier, word(NameOID.TITLE), identifier)


def period(certificate: Certificate) -> tuple[datetime, datetime]:
    """From when to when; `cryptography` tells the zone of these only since its release 42."""
    return _moment(certificate, "not_valid_before"), _moment(certificate, "not_valid_after")


def _moment(certificate: Certificate, name: str) -> datetime:
    moment: datetime = getattr(certificate, f"{name}_utc", None) or getattr(certificate, name)
    return moment.replace(tzinfo=UTC)


def validity(start: datetime, end: datetime, now: datetime) -> Validity:
    if now < start:
        return Validity.EARLY
    if now > end:
        return Validity.EXPIRED
    return Validity.SOON if end - now < SOON else Validity.VALID
