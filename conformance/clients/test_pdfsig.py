"""poppler's pdfsig: a PDF signed with NSS, as docs/clients/pdf.md says, verified by three programs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.openssl import run_documented
from conformance.clients.support.pdf import check_cms, write_document
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("pdfsig")


@pytest.mark.does("a PDF signed as in docs/clients/pdf.md, verified by three programs")
def test_documented(client_environment: ClientEnvironment) -> None:
    write_document(client_environment)
    _sign(client_environment)
    document = client_environment.directory / "signed.pdf"
    said = client_environment.run("pdfsig", document)
    for line in ("Signature Type: adbe.pkcs7.detached", "Total document signed", "Signature is Valid."):
        assert line in said, said
    pyhanko = Path(sys.executable).with_name("pyhanko")
    said = client_environment.run(
        pyhanko, "sign", "validate", "--pretty-print", "--no-revocation-check", "--no-strict-syntax",
        "--trust", client_environment.cards_authority, document,
    )  # fmt: skip
    assert "The signature is judged VALID." in said, said
    check_cms(client_environment, document)


@pytest.mark.does("a wrong code costs one try")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    write_document(client_environment)
    _sign(client_environment, code=WRONG_PIN.decode(), fails=True)
    assert not (client_environment.directory / "signed.pdf").exists()
    assert client_environment.rig.pin_tries == 2


def _sign(environment: ClientEnvironment, *, code: str | None = None, fails: bool = False) -> None:
    (script,) = blocks("Sign a document with poppler", "sh", "docs/clients/pdf.md")
    run_documented(environment, script, code=code, fails=fails)
