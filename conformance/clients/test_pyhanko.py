"""pyHanko: a PDF signed with the signature key as PAdES wants it (ETSI EN 319 142-1), verified by three programs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.pdf import TEXT, check_cms, write_document
from conformance.testbed.cards import Card
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("pyHanko")

_PROGRAM = Path(__file__).parent / "programs" / "sign_pdf.py"


@pytest.mark.does("a PDF signed as in docs/clients/pdf.md, verified by three programs")
def test_documented(client_environment: ClientEnvironment) -> None:
    """The code porteur is typed."""
    write_document(client_environment)
    module, typed = client_environment.module, f"{client_environment.pin}\n"
    client_environment.run("bash", "-euc", _script(0), stdin=typed, env={"MODULE": module})
    _verify(client_environment, "sha256_rsa")
    signed = _signed(client_environment)
    signed.write_bytes(signed.read_bytes().replace(TEXT.encode(), b"Repos et petit air"))
    said = _validate(client_environment, fails=True)
    assert "The signature is cryptographically unsound." in said, said


@pytest.mark.does("a PDF signed by its library with RSA-PSS, verified by three programs")
def test_pss(client_environment: ClientEnvironment, card: Card) -> None:
    write_document(client_environment)
    lines = f"{client_environment.module}\n{client_environment.pin}\n"
    said = client_environment.run(sys.executable, "-P", _PROGRAM, stdin=lines, fails=not card.has_pss)
    if card.has_pss:
        _verify(client_environment, "rsassa_pss")
        return
    assert "pkcs11.exceptions.MechanismInvalid" in said, said
    client_environment.not_supported_by_card("this chip does not have RSA-PSS")


def _verify(environment: ClientEnvironment, mechanism: str) -> None:
    """pyHanko, poppler, which finds the signature by itself, and OpenSSL, which knows nothing of PDF."""
    document, said = _signed(environment), _validate(environment)
    assert "The signer's certificate is trusted." in said and f"mechanism used was '{mechanism}'." in said, said
    for line in ("is cryptographically sound.", "covers the entire file.", "is judged VALID."):
        assert f"The signature {line}" in said, said
    said = environment.run("pdfsig", document)
    for line in ("Signature Type: ETSI.CAdES.detached", "Total document signed", "Signature is Valid."):
        assert line in said, said
    check_cms(environment, document)


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
