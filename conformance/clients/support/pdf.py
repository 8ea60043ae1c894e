"""A PDF to sign, and what OpenSSL, which knows nothing of PDF, says of its signature (ISO 32000-1)."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.signatures import pdf_document

TEXT = "Repos et grand air"


def write_document(environment: ClientEnvironment) -> None:
    """``message.pdf``, a page with this text."""
    pdf_document(environment.directory / "message.pdf", TEXT)


def check_cms(environment: ClientEnvironment, document: Path) -> None:
    """The signature key made the one signature of a document, and its certificate is with it."""
    environment.run("pdfsig", "-dump", document)
    taken, covered = environment.directory / f"{document.name}.sig0", environment.directory / "covered"
    covered.write_bytes(_covered(document.read_bytes()))
    signer, expected = environment.directory / "signer.pem", environment.card.issued(environment.card.signature)
    environment.run(
        "openssl", "cms", "-verify", "-inform", "DER", "-in", taken, "-content", covered, "-binary",
        "-CAfile", environment.cards_authority, "-signer", signer, "-out", environment.directory / "verified",
    )  # fmt: skip
    assert signer.read_text() == environment.authority.file("expected.pem", expected).read_text(), "another certificate"


def _covered(document: bytes) -> bytes:
    found = re.search(rb"/ByteRange *\[ *(\d+) +(\d+) +(\d+) +(\d+)", document)
    assert found is not None, "no /ByteRange"
    first, length, second, rest = (int(number) for number in found.groups())
    return document[first : first + length] + document[second : second + rest]
