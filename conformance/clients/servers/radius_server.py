"""A RADIUS server that wants the card's certificate, as access points use one: hostapd's (RFC 2865, RFC 5216)."""

from __future__ import annotations

import socket

from conformance.clients.support.client_environment import ClientEnvironment, wait_until

SECRET = "essai"
_SETTINGS = """\
driver=none
interface=eap
radius_server_clients={directory}/clients
radius_server_auth_port={port}
eap_server=1
eap_user_file={directory}/users
ca_cert={clients}
server_cert={certificate}
private_key={key}
"""


class RadiusServer:
    """Serves on a port of its own until the test ends."""

    def __init__(self, environment: ClientEnvironment) -> None:
        directory = environment.directory / "radius"
        directory.mkdir(mode=0o700)
        self.port = _free_port()
        authority = environment.authority
        (directory / "clients").write_text(f"127.0.0.1/32 {SECRET}\n")
        (directory / "users").write_text("* TLS\n")
        settings = directory / "hostapd.conf"
        settings.write_text(
            _SETTINGS.format(
                directory=directory, port=self.port, clients=environment.cards_authority,
                certificate=authority.server_certificate, key=authority.server_key,
            )
        )  # fmt: skip
        process = environment.start("/usr/sbin/hostapd", settings)
        log = environment.artefacts / "01-hostapd.log"
        wait_until(lambda: "AP-ENABLED" in log.read_text() or process.poll() is not None, "hostapd")
        assert process.poll() is None, log.read_text()


def _free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        return port
