"""MIT Kerberos: a ticket for the holder of the card, as docs/clients/kerberos.md says."""

from __future__ import annotations

import pytest

from conformance.clients.servers.kdc import PAGE, Kdc
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

pytestmark = pytest.mark.client("Kerberos")


@pytest.fixture
def kdc(client_environment: ClientEnvironment) -> Kdc:
    return Kdc(client_environment)


@pytest.mark.does("a ticket for the authentication key (PKINIT)")
def test_ticket(client_environment: ClientEnvironment, kdc: Kdc) -> None:
    _kinit(client_environment, kdc, client_environment.pin)
    tickets = client_environment.run("klist", env=kdc.env)
    assert "Default principal: medecin@HOPITAL.EXAMPLE" in tickets, tickets
    assert "krbtgt/HOPITAL.EXAMPLE@HOPITAL.EXAMPLE" in tickets, tickets


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, kdc: Kdc) -> None:
    said = _kinit(client_environment, kdc, WRONG_PIN.decode(), fails=True)
    assert "Pre-authentication failed" in said, said
    assert client_environment.rig.pin_tries == 2


def _kinit(environment: ClientEnvironment, kdc: Kdc, code: str, *, fails: bool = False) -> str:
    (script,) = blocks("On the workstation", "sh", PAGE)
    return environment.run(*at_terminal("bash", "-euc", script), stdin=code, env=kdc.env, fails=fails)


@pytest.mark.does("without the label of a certificate there is no ticket, and the trace says why")
def test_without_label(client_environment: ClientEnvironment, kdc: Kdc) -> None:
    """The page says so: kinit takes a certificate only if there is one alone."""
    settings = client_environment.directory / "kdc" / "krb5.conf"
    settings.write_text(settings.read_text().replace(":certlabel=Certificat d'Authentification CPS", ""))
    kdc.env |= {"KRB5_TRACE": "/dev/stdout"}
    said = _kinit(client_environment, kdc, client_environment.pin, fails=True)
    assert "There are 2 certs, but there must be exactly one" in said, said
