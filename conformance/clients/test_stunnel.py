"""stunnel: a program without TLS asks a server that wants the card's certificate, as docs/clients/stunnel.md says."""

from __future__ import annotations

import pytest

from conformance.clients.servers.ports import reserved_port
from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.documented_settings import settings
from conformance.clients.tls_clients import tls
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

pytestmark = pytest.mark.client("stunnel")

_PAGE = "docs/clients/stunnel.md"
_PROGRAM_WITHOUT_TLS = """
"${@:2}" <&0 &
tunnel=$!
until [ -s stunnel.pid ]; do kill -0 $tunnel; sleep 0.1; done
status=0
curl --silent --show-error --max-time 30 "$1" || status=$?
kill "$(cat stunnel.pid)"
wait
exit $status
"""


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, _visit)


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    client_environment.pin = WRONG_PIN.decode()
    said = _visit(client_environment, web_server, fails=True)
    assert "Configuration failed" in said, said
    assert client_environment.rig.pin_tries == 2


def _visit(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
    port = reserved_port(environment)
    (environment.directory / "dossier.conf").write_text(_settings(environment, server, port))
    (start,) = blocks("stunnel", "sh", _PAGE)
    address = f"http://127.0.0.1:{port}/"
    command = ("bash", "-euc", _PROGRAM_WITHOUT_TLS, "bash", address, *at_terminal("bash", "-euc", start))
    return environment.run(*command, stdin=environment.pin, fails=fails)


def _settings(environment: ClientEnvironment, server: WebServer, port: int) -> str:
    written, of_cps3 = settings(environment, "stunnel", _PAGE)
    for documented, here in {
        "pid =": f"pid = {environment.directory}/stunnel.pid",
        "127.0.0.1:8080": f"127.0.0.1:{port}",
        "dossier.hopital.example:443": f"{HOST}:{server.port}",
        "dossier.hopital.example": HOST,
        "ac-dossier.pem": str(environment.authority.certificate),
    }.items():
        assert documented in written
        written = written.replace(documented, here)
    return written if environment.card.has_pss else written + of_cps3
