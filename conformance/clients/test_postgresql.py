"""libpq with the engine of libp11: psql at a server that wants a certificate, as docs/clients/postgresql.md says."""

from __future__ import annotations

import pytest
from cryptography.x509.oid import NameOID

from conformance.clients.servers.postgresql import PostgreSql
from conformance.clients.servers.web_server import TLS_1_2, TLS_1_3, TlsMode
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.cps_command import CPS
from conformance.clients.support.openssl import run_documented
from conformance.clients.tls_clients.curl import without_pss
from conformance.testbed.cards import WRONG_PIN, Card
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("PostgreSQL")


@pytest.fixture
def user(card: Card) -> str:
    """The database user who belongs to the card: the CN of its certificate."""
    (number,) = card.certificate(card.authentication).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(number.value)


@pytest.mark.parametrize("tls_mode", [TLS_1_2, TLS_1_3], ids=lambda mode: mode.id)
@pytest.mark.does("psql over {tls_mode} with the card's certificate")
def test_login(client_environment: ClientEnvironment, card: Card, tls_mode: TlsMode, user: str) -> None:
    server = PostgreSql(client_environment, tls_mode, user)
    if tls_mode.needs_pss and not card.has_pss:
        said = _psql(client_environment, server, user, fails=True)
        assert "connection requires a valid client certificate" in said, said
        client_environment.not_supported_by_card("TLS 1.3 signs with RSA-PSS, which this chip does not have")
        return
    said = _psql(client_environment, server, user)
    assert f"{str(tls_mode).replace(' ', 'v')}|/C=FR" in said and f"/CN={user[:3]}" in said, said


@pytest.mark.does("a certificate of another user is refused")
def test_another_user(client_environment: ClientEnvironment, tls_mode: TlsMode, user: str) -> None:
    other = str(int(user) + 1)
    server = PostgreSql(client_environment, tls_mode, other)
    said = _psql(client_environment, server, other, fails=True)
    assert f'certificate authentication failed for user "{other}"' in said, said


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, tls_mode: TlsMode, user: str) -> None:
    server = PostgreSql(client_environment, tls_mode, user)
    said = _psql(client_environment, server, user, code=WRONG_PIN.decode(), fails=True)
    assert "PIN incorrect" in said, said
    assert client_environment.rig.pin_tries == 2


def _psql(
    environment: ClientEnvironment, server: PostgreSql, user: str, *, code: str | None = None, fails: bool = False
) -> str:
    (script,) = blocks("Connect", "sh", "docs/clients/postgresql.md")
    for written, here in {
        "cps certificates": f"{CPS} certificates", "host=host": f"host=localhost port={server.port}",
        "user=899700000000": f"user={user}", "authority.pem": str(environment.authority.certificate),
        "dbname=dossiers": "dbname=postgres",
    }.items():  # fmt: skip
        assert written in script
        script = script.replace(written, here)
    return run_documented(environment, script, without_pss(environment), code=code, fails=fails)
