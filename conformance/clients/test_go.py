"""Go with crypto11: the program of docs/clients/go.md."""

from __future__ import annotations

import pytest

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ARTEFACTS, ClientEnvironment
from conformance.clients.support.openssl import run_documented
from conformance.clients.tls_clients import tls
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("Go")

_COMPILED = ARTEFACTS.parent / "go"
"""Go compiles a package only once for all tests."""


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, _visit)


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    said = _visit(client_environment, web_server, code=WRONG_PIN.decode(), fails=True)
    assert "CKR_PIN_INCORRECT" in said, said
    assert client_environment.rig.pin_tries == 2


def _visit(environment: ClientEnvironment, server: WebServer, *, code: str | None = None, fails: bool) -> str:
    (program,) = blocks("Log in to a portal", "go", "docs/clients/go.md")
    (script,) = blocks("Log in to a portal", "sh", "docs/clients/go.md")
    (environment.directory / "visit.go").write_text(program)
    option = "" if environment.card.has_pss else " -without-pss"
    settings = {"GOCACHE": str(_COMPILED), "SSL_CERT_FILE": str(environment.authority.certificate)}
    script = script.replace("https://host/", server.url + option)
    return run_documented(environment, script, settings, code=code, fails=fails)
