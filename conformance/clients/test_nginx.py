"""nginx with the engine of libp11: a proxy that logs in with the card, and a server with its key on the card."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from conformance.clients.servers.nginx import Nginx
from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.tls_clients import tls
from conformance.testbed.cards import WRONG_PIN

pytestmark = pytest.mark.client("nginx")

_AT_ONCE = 6
_SECONDS = 30


@tls.each_version
def test_proxy(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    with Nginx(client_environment, web_server.url) as nginx:

        def visit(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
            url = f"http://{HOST}:{nginx.proxy_port}/"
            return environment.run("curl", "--silent", "--show-error", "--fail", "--max-time", "30", url, fails=fails)

        tls.check_login(client_environment, web_server, visit)


@pytest.mark.does("a server with two workers, before and after a reload")
def test_server(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    """A client ends a handshake only once the signature of the server holds."""
    with Nginx(client_environment, web_server.url) as nginx:
        assert _certificates(nginx) == {client_environment.authentication_certificate}
        nginx.reload()
        assert _certificates(nginx) == {client_environment.authentication_certificate}


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    said = Nginx(client_environment, web_server.url).start(code=WRONG_PIN.decode(), fails=True)
    assert "cannot load certificate key" in said and "PIN incorrect" in said, said
    assert client_environment.rig.pin_tries == 2


def _certificates(nginx: Nginx) -> set[bytes]:
    """The certificates that concurrent visitors get."""
    with ThreadPoolExecutor(_AT_ONCE) as visitors:
        places = [(HOST, nginx.server_port)] * _AT_ONCE
        shown = visitors.map(partial(ssl.get_server_certificate, timeout=_SECONDS), places)
        return {ssl.PEM_cert_to_DER_cert(certificate) for certificate in shown}
