"""pyHanko: a PDF signed with the signature key as PAdES wants it (ETSI EN 319 142-1), verified by three programs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.cards import Card
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("pyHanko")

_PROGRAM = Path(__file__).parent / "programs" / "sign_pdf.py"
_TEXT = b"Repos et grand air"
_PAGE = b"BT /F1 24 Tf 72 720 Td (%s) Tj ET" % _TEXT
_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%s\nendstream" % (len(_PAGE), _PAGE),
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)


@pytest.mark.does("a PDF signed as in docs/clients/pdf.md, verified by three programs")
def test_documented(client_environment: ClientEnvironment) -> None:
    """The code porteur is typed."""
    _write_document(client_environment)
    module, typed = client_environment.module, f"{client_environment.pin}\n"
    client_environment.run("bash", "-euc", _script(0), stdin=typed, env={"MODULE": module})
    _verify(client_environment, "sha256_rsa")
    signed = _signed(client_environment)
    signed.write_bytes(signed.read_bytes().replace(_TEXT, b"Repos et petit air"))
    said = _validate(client_environment, fails=True)
    assert "The signature is cryptographically unsound." in said, said


@pytest.mark.does("a PDF signed by its library with RSA-PSS, verified by three programs")
def test_pss(client_environment: ClientEnvironment, card: Card) -> None:
    _write_document(client_environment)
    lines = f"{client_environment.module}\n{client_environment.pin}\n"
    said = client_environment.run(sys.executable, "-P", _PROGRAM, stdin=lines, fails=not card.has_pss)
    if card.has_pss:
        _verify(client_environment, "rsassa_pss")
        return
    assert "pkcs11.exceptions.MechanismInvalid" in said, said
    client_environment.not_supported_by_card("this chip does not have RSA-PSS")


def _write_document(environment: ClientEnvironment) -> None:
    """One page, in as little PDF as there can be (ISO 32000-1)."""
    content, offsets = b"%PDF-1.7\n", []
    for number, described in enumerate(_OBJECTS, 1):
        offsets.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj%s\nendobj\n" % (number, described)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1) + b"".join(offsets)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, len(content))
    path = environment.directory / "message.pdf"
    path.write_bytes(content + table + trailer)


def _verify(environment: ClientEnvironment, mechanism: str) -> None:
    """pyHanko, poppler, which finds the signature by itself, and OpenSSL, which knows nothing of PDF."""
    document, said = _signed(environment), _validate(environment)
    assert "The signer's certificate is trusted." in said and f"mechanism used was '{mechanism}'." in said, said
    for line in ("is cryptographically sound.", "covers the entire file.", "is judged VALID."):
        assert f"The signature {line}" in said, said
    said = environment.run("pdfsig", document)
    for line in ("Signature Type: ETSI.CAdES.detached", "Total document signed", "Signature is Valid."):
        assert line in said, said
    environment.run("pdfsig", "-dump", document)
    taken, covered = environment.directory / "signed.pdf.sig0", environment.directory / "covered"
    covered.write_bytes(_covered(document.read_bytes()))
    signer, expected = environment.directory / "signer.pem", environment.card.issued(environment.card.signature)
    environment.run(
        "openssl", "cms", "-verify", "-inform", "DER", "-in", taken, "-content", covered, "-binary",
        "-CAfile", environment.cards_authority, "-signer", signer, "-out", environment.directory / "verified",
    )  # fmt: skip
    assert signer.read_text() == environment.authority.file("expected.pem", expected).read_text(), "another certificate"


def _covered(document: bytes) -> bytes:
    found = re.search(rb"/ByteRange ?\[(\d+) (\d+) (\d+) (\d+)", document)
    assert found is not None, "no /ByteRange"
    first, length, second, rest = (int(number) for number in found.groups())
    return document[first : first + length] + document[second : second + rest]


def _signed(environment: ClientEnvironment) -> Path:
    return environment.directory / "signed.pdf"


def _validate(environment: ClientEnvironment, *, fails: bool = False) -> str:
    return environment.run(
        "bash", "-euc", _script(1).replace("authority.pem", str(environment.cards_authority)), fails=fails
    )


def _script(number: int) -> str:
    return blocks("PDF", "sh", "docs/clients/pdf.md")[number].replace(
        "pyhanko", str(Path(sys.executable).with_name("pyhanko")), 1
    )
