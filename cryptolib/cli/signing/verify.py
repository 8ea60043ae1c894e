"""`cps verify`: the signers of a file, the validity of each signature, and the trust in its authority."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from cryptolib.cli.certificates import Holder, explained_identifier, holder
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.files import unusable
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.options import VerifyOptions
from cryptolib.cli.output import Line
from cryptolib.cli.severity import Severity, worst
from cryptolib.cli.signing import cms, pdf
from cryptolib.cli.signing.cms import Signature
from cryptolib.cli.signing.trust import distrust
from cryptolib.metier.certificate import Certificate, parse
from cryptolib.metier.use import Use, use

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CheckedSignature:
    """A signature, its signer and the results."""

    signer: Holder | None
    moment: datetime | None
    results: list[CheckResult]


def run(context: Context, options: VerifyOptions) -> Exit:
    trusted = [each for path in options.authority or () for each in _certificates(path)]
    found = [check(each, trusted, context.messages) for each in _signatures(options)]
    if not found:
        raise Failure("failure.no_signature", path=options.file)
    if context.json:
        facts = [_facts(each, context.messages) for each in found]
        context.output.json({"file": str(options.file), "signatures": facts})
    else:
        for each in found:
            context.output.panel(str(options.file), _lines(each, context.messages))
    return worst([result.severity for each in found for result in each.results])


def check(signature: Signature, trusted: Sequence[Certificate], messages: Messages) -> CheckedSignature:
    certificate = parse(signature.signer) if signature.signer else None
    results = [_validity(signature)]
    if certificate is not None:
        moment = signature.moment or datetime.now(UTC)
        results += [_trust(certificate, signature, trusted, moment), *_notes(certificate, moment, messages)]
    return CheckedSignature(holder(certificate) if certificate else None, signature.moment, results)


def _validity(signature: Signature) -> CheckResult:
    if signature.problem == "partial":
        return CheckResult("document.partial", Severity.WARNING)
    if signature.problem:
        return CheckResult(f"document.{signature.problem}", Severity.FAILURE)
    return CheckResult("document.holds", Severity.OK)


def _trust(
    certificate: Certificate, signature: Signature, trusted: Sequence[Certificate], moment: datetime
) -> CheckResult:
    if not trusted:
        return CheckResult("authority.not_checked", Severity.WARNING, {"issuer": certificate.issuer})
    others = [each for each in map(parse, signature.others) if each]
    problem = distrust(certificate, others, trusted, moment)
    if problem:
        return CheckResult(f"authority.{problem}", Severity.FAILURE, {"issuer": certificate.issuer})
    return CheckResult("authority.trusted", Severity.OK, {"issuer": certificate.issuer})


def _notes(certificate: Certificate, moment: datetime, messages: Messages) -> list[CheckResult]:
    notes = []
    if use(certificate) is not Use.SIGNATURE:
        notes.append(CheckResult("purpose.other", Severity.WARNING))
    if moment <= certificate.not_after < datetime.now(UTC):
        end = messages.date(certificate.not_after)
        notes.append(CheckResult("revocation.expired_since", Severity.WARNING, {"end": end}))
    return [*notes, CheckResult("revocation.not_checked", Severity.INFO)]


def _signatures(options: VerifyOptions) -> list[Signature]:
    if options.signature is None and pdf.is_pdf(options.file):
        pdf.require()
        return pdf.signatures(options.file)
    beside = options.signature or options.file.with_name(f"{options.file.name}.p7s")
    if options.signature is None and not beside.exists():
        raise Failure("failure.no_signature", path=options.file)
    try:
        return cms.signatures(beside.read_bytes(), lambda name: _digest(options.file, name))
    except OSError as error:
        raise unusable(error.filename or beside, error) from error
    except (ValueError, TypeError) as error:
        raise Failure("failure.not_a_signature", path=beside) from error


def _digest(file: Path, name: str) -> bytes:
    with file.open("rb") as opened:
        return file_digest(opened, name).digest()


def _certificates(path: Path) -> list[Certificate]:
    """The certificates in a file: PEM, or one in DER. Raises Failure when there is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unusable(path, error) from error
    from asn1crypto import pem

    encoded = [pem.unarmor(each)[2] for each in _PEM.findall(content)] or [content]
    found = [each for each in map(parse, encoded) if each]
    if not found:
        raise Failure("failure.no_certificate", path=path)
    return found


def _lines(checked: CheckedSignature, messages: Messages) -> list[Line]:
    lines = []
    if checked.signer:
        lines.append(Line(messages.text("document.signer"), checked.signer.name))
        identifier = explained_identifier(checked.signer.identifier)
        if identifier:
            lines.append(Line(messages.text("card.identifier"), identifier))
    if checked.moment:
        when = messages.moment(checked.moment)
        lines.append(Line(messages.text("document.moment"), messages.text("document.stated", moment=when)))
    return [*lines, *(result.line(messages) for result in checked.results)]


def _facts(checked: CheckedSignature, messages: Messages) -> dict[str, Any]:
    return {
        "signer": asdict(checked.signer) if checked.signer else None,
        "signed_at": checked.moment.isoformat() if checked.moment else None,
        "checks": [result.facts(messages) for result in checked.results],
    }
