"""NSS's own tools: what modutil and certutil show of the card, and a TLS login with tstclnt."""

from __future__ import annotations

import re

import pytest

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.tls_clients import tls
from conformance.clients.tls_clients.nss import MODULE, make_database, visit
from conformance.testbed.cards import WRONG_PIN, Card

pytestmark = pytest.mark.client("NSS tools")


@pytest.fixture
def database(client_environment: ClientEnvironment) -> str:
    return make_database(client_environment, client_environment.directory / "nss")


@pytest.mark.does("modutil adds, shows and removes the module")
def test_modules(client_environment: ClientEnvironment, database: str) -> None:
    listed = client_environment.run("modutil", "-dbdir", database, "-list")
    slot, token = client_environment.rig.reader, client_environment.token
    for line in (f"  2. {MODULE}", "status: loaded", f"slot: {slot}", f"token: {token}"):
        assert line in listed, listed
    client_environment.run("modutil", "-dbdir", database, "-delete", MODULE, "-force")
    assert MODULE not in client_environment.run("modutil", "-dbdir", database, "-list"), "still listed after -delete"


@pytest.mark.does("certutil finds both keys and certificates: u,u,u")
def test_objects(client_environment: ClientEnvironment, card: Card, database: str) -> None:
    """A certificate is `u,u,u` when NSS found its private key by CKA_ID and may use it."""
    token = ("-d", database, "-h", client_environment.token, "-f", client_environment.pin_file)
    certificates = client_environment.run("certutil", "-L", *token)
    keys = client_environment.run("certutil", "-K", *token)
    for pair in card.keys:
        assert re.search(rf":{re.escape(pair.certificate)} +u,u,u$", certificates, re.MULTILINE), certificates
        assert re.search(rf"{pair.id.hex()} +{pair.private}$", keys, re.MULTILINE), keys


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, database: str) -> None:
    wrong = client_environment.directory / "wrong-code"
    wrong.write_bytes(WRONG_PIN)
    token = ("-d", database, "-h", client_environment.token)
    said = client_environment.run("certutil", "-K", *token, "-f", wrong, fails=True)
    assert "Incorrect password/PIN entered" in said, said
    assert client_environment.rig.pin_tries == 2


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, visit)
