"""wget, built on GnuTLS: a page of a server that wants the card's certificate, as docs/clients/wget.md says."""

from __future__ import annotations

import pytest

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.p11_kit import register, run_documented
from conformance.clients.tls_clients import tls
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("wget")


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, _visit)


@pytest.mark.does("a wrong code gives no page and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    _visit(client_environment, web_server, code=WRONG_PIN.decode(), fails=True)
    assert web_server.visits == [] and client_environment.rig.pin_tries == 2


def _visit(environment: ClientEnvironment, server: WebServer, *, code: str | None = None, fails: bool) -> str:
    register(environment, alone=True)
    settings = environment.home / ".wgetrc"
    settings.write_text(f"ca_certificate = {environment.authority.certificate}\ntries = 2\n")
    (script,) = blocks("Log in to a portal", "sh", "docs/clients/wget.md")
    script = script.replace("https://host/", server.url)
    return run_documented(environment, script, code or environment.pin, fails=fails)
