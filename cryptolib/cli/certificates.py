"""The holder in a certificate, and the validity of a certificate, as lines and as facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.severity import Severity
from cryptolib.metier.card import CardCertificate
from cryptolib.metier.certificate import Certificate
from cryptolib.metier.chain import Validity, validity
from cryptolib.metier.codes import PERSON_IDENTIFIER_TYPE, Code
from cryptolib.metier.subject import subject

SEVERITIES = {
    Validity.VALID: Severity.OK,
    Validity.SOON: Severity.WARNING,
    Validity.EXPIRED: Severity.FAILURE,
    Validity.EARLY: Severity.FAILURE,
}
DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Holder:
    name: str
    profession: str
    identifier: str
    """As the card has it: one digit for the register, then the number in it."""


def holder(certificate: Certificate) -> Holder:
    named = subject(certificate.subject)
    identifier = named.common_name or ""
    name = f"{named.given_name or ''} {named.surname or ''}".strip()
    return Holder(name or identifier, named.title or "", identifier)


def explained_identifier(identifier: str | None) -> str | None:
    """The identifier, with its type in words: its first character tells it."""
    if not identifier:
        return None
    kind = Code(identifier[0], PERSON_IDENTIFIER_TYPE).label
    return f"{identifier} ({kind} {identifier[1:]})" if kind else identifier


def validity_result(entry: CardCertificate, title: str, messages: Messages, now: datetime) -> CheckResult:
    """The validity as a check result; a damaged certificate is one."""
    certificate = entry.certificate
    if certificate is None:
        return CheckResult(f"certificate.{DAMAGED}", Severity.FAILURE, title=title)
    start, end = certificate.not_before, certificate.not_after
    state = validity(start, end, now)
    values: dict[str, object] = {
        "start": messages.date(start),
        "end": messages.date(end),
        "days": (end - now).days,
    }
    return CheckResult(f"certificate.{state}", SEVERITIES[state], values, title)


def validity_facts(entry: CardCertificate, now: datetime) -> dict[str, Any]:
    """The validity for --json."""
    certificate = entry.certificate
    if certificate is None:
        return {"validity": DAMAGED}
    start, end = certificate.not_before, certificate.not_after
    return {"validity": validity(start, end, now), "not_before": start.isoformat(), "not_after": end.isoformat()}
