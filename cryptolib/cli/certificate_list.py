"""`cps certificates`: shows the certificates of the card, or saves them as files."""

from __future__ import annotations

import base64
import re
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptolib.cli.card_choice import cards
from cryptolib.cli.cards import Reader
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.files import unusable, write_new
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.options import CertificateOptions
from cryptolib.cli.output import Line
from cryptolib.cli.severity import worst
from cryptolib.cli.show.holder import certificate_line
from cryptolib.metier.card import CardCertificate
from cryptolib.metier.certificate import Certificate
from cryptolib.metier.json_form import certificate_to_json
from cryptolib.metier.subject import subject

# RFC 5280, 4.2.1.12; the last one is Microsoft's smart card logon.
_PURPOSES = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "1.3.6.1.4.1.311.20.2.2": "smartcardLogon",
}


def run(context: Context, options: CertificateOptions) -> Exit:
    now = datetime.now(UTC)
    found = [(reader, each.entry) for reader, held in cards(context, options.reader) for each in held.certificates]
    saved = [_save(options.save, reader, entry) for reader, entry in found] if options.save else []
    shown = [(entry.label, _lines(entry, context.messages, now)) for _, entry in found]
    if context.json:
        facts = [_facts(reader, entry) for reader, entry in found]
        context.output.json({"certificates": facts, "saved": [str(path) for path in saved]})
    else:
        for title, lines in shown:
            context.output.panel(title, lines)
        for path in saved:
            context.output.line(context.text("certificates.saved", path=path))
    return worst([line.severity for _, lines in shown for line in lines if line.severity])


def _lines(entry: CardCertificate, messages: Messages, now: datetime) -> list[Line]:
    first = certificate_line(entry, messages, now)
    facts = _named(entry.certificate) if entry.certificate else []
    return [first, *[Line(messages.text(f"certificates.{title}"), text) for title, text in facts if text]]


def _named(certificate: Certificate) -> list[tuple[str, str | None]]:
    named = subject(certificate.subject)
    purposes = [_PURPOSES.get(each, each) for each in certificate.extended_key_usages]
    return [
        ("name", f"{named.given_name or ''} {named.surname or ''}".strip()),
        ("common_name", named.common_name),
        ("title", named.title),
        ("organization", named.organization),
        ("structure", named.structure_identifier),
        ("issuer", str(certificate.issuer)),
        ("serial", certificate.serial_number.upper()),
        ("usages", ", ".join((*certificate.key_usages, *purposes))),
    ]


def _facts(reader: Reader, entry: CardCertificate) -> dict[str, Any]:
    """The facts for --json. docs/metier.schema.json describes `certificate`; None if it is damaged."""
    parsed = certificate_to_json(entry.certificate, entry.use) if entry.certificate else None
    return {"reader": reader.name, "label": entry.label, "certificate": parsed}


def _save(folder: Path, reader: Reader, entry: CardCertificate) -> Path:
    """Save in PEM (RFC 7468), under a name made of the holder and the use."""
    assert reader.card
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error
    serial = re.sub(r"[^0-9A-Za-z]", "-", reader.card.serial)
    path = folder / f"{serial}-{entry.use}.pem"
    text = "\n".join(textwrap.wrap(base64.b64encode(entry.der).decode(), 64))
    write_new(path, f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode())
    return path
