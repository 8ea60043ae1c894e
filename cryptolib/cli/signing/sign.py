"""`cps sign`: the holder's signature of a file, in a new file (CAdES) or inside a PDF (PAdES)."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

from cryptolib.cli.card_choice import one_card
from cryptolib.cli.certificates import holder
from cryptolib.cli.codes.login import holder_session
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.files import require_absent, unusable, write_new
from cryptolib.cli.options import SignOptions
from cryptolib.cli.severity import Severity
from cryptolib.cli.signature import sign, signature_certificate
from cryptolib.cli.signing import pdf


def run(context: Context, options: SignOptions) -> Exit:
    """Check everything that can fail before asking for the code."""
    in_pdf = pdf.is_pdf(options.file) and not options.detached
    if in_pdf:
        pdf.require()
    target = options.save or _beside(options.file, in_pdf)
    require_absent(target)
    _, card = one_card(context, options.reader)
    certificate = signature_certificate(card)
    der, parsed = certificate.entry.der, certificate.entry.certificate
    assert parsed
    with (
        holder_session(context, card, options) as session,
        context.output.working(context.text("working.signing")),
    ):
        if in_pdf:
            content = pdf.signed(options.file, der, lambda message: sign(session, certificate, message))
        else:
            from cryptolib.cli.signing import cms

            digest = _digest(options.file)
            content = cms.detached(digest, der, datetime.now(UTC), lambda message: sign(session, certificate, message))
    write_new(target, content)
    signer = holder(parsed)
    if context.json:
        form = "pades" if in_pdf else "cades"
        context.output.json({"signature": str(target), "form": form, "signer": signer.identifier})
    else:
        context.output.line(context.text("sign.done", path=target, name=signer.name), Severity.OK)
    return Exit.OK


def _beside(file: Path, in_pdf: bool) -> Path:
    return file.with_name(f"{file.stem}-signed.pdf") if in_pdf else file.with_name(f"{file.name}.p7s")


def _digest(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return file_digest(opened, "sha256").digest()
    except OSError as error:
        raise unusable(file, error) from error
