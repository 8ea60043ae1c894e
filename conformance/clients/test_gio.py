"""GIO with glib-networking, built on GnuTLS: the program of docs/clients/gio.md."""

from __future__ import annotations

import shutil

import pytest

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.p11_kit import register, run_documented
from conformance.clients.tls_clients import tls
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("GIO")


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, _visit)


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    said = _visit(client_environment, web_server, code=WRONG_PIN.decode(), fails=True)
    assert "g-tls-error-quark" in said, said
    assert web_server.visits == [] and client_environment.rig.pin_tries == 2


def _visit(environment: ClientEnvironment, server: WebServer, *, code: str | None = None, fails: bool) -> str:
    register(environment, alone=True)
    shutil.copy(environment.authority.certificate, environment.directory / "authority.pem")
    (program,) = blocks("Log in to a portal", "python", "docs/clients/gio.md")
    (script,) = blocks("Log in to a portal", "sh", "docs/clients/gio.md")
    (environment.directory / "visit.py").write_text(program)
    script = script.replace("host 443", f"{HOST} {server.port}")
    return run_documented(environment, script, code or environment.pin, fails=fails)
