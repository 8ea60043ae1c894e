"""wpa_supplicant's EAP-TLS, as its eapol_test runs it with a RADIUS server and no radio, with docs/clients/wifi.md."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.clients.servers.radius_server import SECRET, RadiusServer
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.documented_settings import settings
from conformance.clients.support.mount_namespace import in_mount_namespace
from conformance.clients.tls_clients.curl import without_pss
from conformance.testbed.cards import WRONG_PIN, Card

pytestmark = [pytest.mark.client("wpa_supplicant"), pytest.mark.root]

_PAGE = "docs/clients/wifi.md"
_SECONDS = 20
# What the user of wpa_cli does, who reads when he is asked.
_ANSWER = """
read -r code
until_said() { until grep -q "$1" "$log"; do sleep 0.1; done; }
log=$1
{
    until_said CTRL-REQ-PIN
    echo "pin 0 $code"
    until_said "$3"
    echo quit
} | wpa_cli -p "$2" -i test
"""


@pytest.mark.does("EAP-TLS with the authentication key, the code given to wpa_cli")
def test_login(client_environment: ClientEnvironment) -> None:
    assert _Supplicant(client_environment, without_pss(client_environment)).answer(client_environment.pin)


@pytest.mark.does("a wrong code costs one try and is asked for again")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    supplicant = _Supplicant(client_environment, without_pss(client_environment))
    assert not supplicant.answer(WRONG_PIN.decode())
    assert client_environment.rig.pin_tries == 2
    assert supplicant.said().count("CTRL-REQ-PIN") > 1, "asked once only"


@pytest.mark.does("EAP-TLS without the settings for a card without RSA-PSS")
def test_without_settings(client_environment: ClientEnvironment, card: Card) -> None:
    supplicant = _Supplicant(client_environment, {})
    assert supplicant.answer(client_environment.pin) == card.has_pss
    if not card.has_pss:
        assert "Mechanism invalid" in supplicant.said(), supplicant.said()
        client_environment.not_supported_by_card("OpenSSL signs with RSA-PSS, which this chip does not have")


class _Supplicant:
    """eapol_test with the network of the page; it waits for wpa_cli."""

    def __init__(self, environment: ClientEnvironment, env: dict[str, str]) -> None:
        self._environment = environment
        self._sockets = environment.directory / "wpa"
        server = RadiusServer(environment)
        configuration = environment.directory / "wpa_supplicant.conf"
        configuration.write_text(self._network())
        radius = ("-a", "127.0.0.1", "-p", str(server.port), "-s", SECRET, "-t", str(_SECONDS))
        command = ("stdbuf", "-oL", "eapol_test", "-W", "-c", configuration, *radius)
        self._process = environment.start(*in_mount_namespace({_trusted(): Path(sys.prefix)}, *command), env=env)
        self._log = environment.artefacts / "02-unshare.log"

    def _network(self) -> str:
        environment = self._environment
        environment.module = str(_trusted() / Path(environment.module).relative_to(sys.prefix))
        (network, _) = settings(environment, "Wi-Fi and 802.1X (EAP-TLS)", _PAGE)
        for documented, here in {
            "/run/wpa_supplicant": str(self._sockets),
            "/etc/ssl/certs/ac-radius.pem": str(environment.authority.certificate),
            "radius.hopital.example": HOST,
        }.items():
            assert documented in network
            network = network.replace(documented, here)
        return network

    def answer(self, code: str) -> bool:
        """Gives the code when it asks, and says whether the network was opened."""
        answering = ("bash", "-euc", _ANSWER, "sh", self._log, self._sockets, "^SUCCESS$\\|^FAILURE$")
        self._environment.run(*answering, stdin=f"{code}\n")
        return self._process.wait(_SECONDS) == 0

    def said(self) -> str:
        return self._log.read_text(errors="replace")


def _trusted() -> Path:
    """A folder below /usr/lib: wpa_supplicant loads modules from there only, and follows links."""
    (found,) = Path("/usr/lib").glob("*/pkcs11")
    return found
