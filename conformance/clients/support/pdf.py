"""A PDF to sign, and what OpenSSL, which knows nothing of PDF, says of its signature (ISO 32000-1)."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.clients.support.client_environment import ClientEnvironment

TEXT = b"Repos et grand air"
_PAGE = b"BT /F1 24 Tf 72 720 Td (%s) Tj ET" % TEXT
_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%s\nendstream" % (len(_PAGE), _PAGE),
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)


def write_document(environment: ClientEnvironment) -> None:
    """One page, in as little PDF as there can be (ISO 32000-1)."""
    content, offsets = b"%PDF-1.7\n", []
    for number, described in enumerate(_OBJECTS, 1):
        offsets.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj%s\nendobj\n" % (number, described)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1) + b"".join(offsets)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, len(content))
    path = environment.directory / "message.pdf"
    path.write_bytes(content + table + trailer)


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
