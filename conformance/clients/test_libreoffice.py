"""LibreOffice without windows: a PDF signed as docs/clients/libreoffice.md says, verified by two programs."""

from __future__ import annotations

import pytest

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.pdf import check_cms
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

pytestmark = pytest.mark.client("LibreOffice")

_PAGE = "docs/clients/libreoffice.md"
_SECONDS = 120
# LibreOffice removes its sockets from /tmp before the terminal closes.
_END_IN_ORDER = "trap wait EXIT\n"


@pytest.mark.does("a text exported as a signed PDF, verified by two programs")
def test_pdf(client_environment: ClientEnvironment) -> None:
    _sign(client_environment)
    document = client_environment.directory / "message.pdf"
    said = client_environment.run("pdfsig", document)
    for line in ("Signature Type: adbe.pkcs7.detached", "Total document signed", "Signature is Valid."):
        assert line in said, said
    check_cms(client_environment, document)


@pytest.mark.does("a wrong code costs one try")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    said = _sign(client_environment, code=WRONG_PIN.decode(), fails=True)
    assert "NoPasswordException" in said, said
    assert not (client_environment.directory / "message.pdf").exists()
    assert client_environment.rig.pin_tries == 2


def _sign(environment: ClientEnvironment, *, code: str | None = None, fails: bool = False) -> str:
    (find,) = blocks("Let LibreOffice find the card", "sh", _PAGE)
    (program,) = blocks("Sign a PDF without windows", "python", _PAGE)
    (sign,) = blocks("Sign a PDF without windows", "sh", _PAGE)
    (environment.directory / "sign.py").write_text(program)
    (environment.directory / "message.txt").write_text("Repos et grand air\n")
    sign = sign.replace("name=cps", f"name={environment.directory.name}")
    said = environment.run(
        *at_terminal("bash", "-euc", _END_IN_ORDER + find + sign), stdin=code or environment.pin,
        env={"MODULE": environment.module}, seconds=_SECONDS, fails=fails,
    )  # fmt: skip
    assert "Fatal exception" not in said, said
    return said
