"""How `cps` shows the holder that a certificate names, and what it thinks of the certificate's validity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptolib.cli.diagnosis.check_result import CheckResult
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.severity import Severity
from cryptolib.metier.certificate import Certificate
from cryptolib.metier.chain import Validity, validity
from cryptolib.metier.subject import subject

# The first digit of the national identifier tells which register it is a number of.
_REGISTERS = {"0": "ADELI", "8": "RPPS"}

SEVERITIES = {
    Validity.VALID: Severity.OK,
    Validity.SOON: Severity.WARNING,
    Validity.EXPIRED: Severity.FAILURE,
    Validity.EARLY: Severity.FAILURE,
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


def holder(certificate: Certificate) -> Holder:
    said = subject(certificate.subject)
    identifier = said.common_name or ""
    name = f"{said.given_name or ''} {said.surname or ''}".strip()
    return Holder(name or identifier, said.title or "", identifier)


def period(certificate: Certificate | None, title: str, messages: Messages, now: datetime) -> CheckResult:
    """Until when it is valid; None is a certificate that is damaged."""
    if certificate is None:
        return CheckResult("certificate.damaged", Severity.FAILURE, title=title)
    start, end = certificate.not_before, certificate.not_after
    state = validity(start, end, now)
    values: dict[str, object] = {"start": messages.date(start), "end": messages.date(end), "days": (end - now).days}
    return CheckResult(f"certificate.{state}", SEVERITIES[state], values, title)
