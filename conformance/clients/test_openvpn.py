"""OpenVPN: a tunnel for the holder of the card, as docs/clients/openvpn.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.documented_settings import settings
from conformance.clients.tls_clients.curl import without_pss
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

pytestmark = [pytest.mark.client("OpenVPN"), pytest.mark.root]

_PAGE = "docs/clients/openvpn.md"
_OPENED = "Initialization Sequence Completed"
_QUESTION = "token Password:"
_SERVER = """\
server 10.8.0.0 255.255.255.0
dev tun
local 127.0.0.1
port 1194
ca {clients}
cert {certificate}
key {key}
dh none
remote-cert-tls client
ifconfig-noexec
route-noexec
"""
# Both ends are in one network here: neither may take the addresses of the tunnel. The client leaves by itself.
_OF_THE_TEST = """\
ifconfig-noexec
route-noexec
connect-retry-max 1
inactive 10
"""
_IN_A_NETWORK = """
ip link set lo up
/usr/sbin/openvpn --config "$1" >"$2" 2>&1 &
until grep -q Completed "$2"; do sleep 0.1; done
PATH=$PATH:/usr/sbin
shift 2
exec "$@"
"""


@pytest.mark.does("a tunnel with the authentication key")
def test_tunnel(client_environment: ClientEnvironment) -> None:
    said = _connect(client_environment, client_environment.pin)
    assert said.count(_QUESTION) == 1 and _OPENED in said, said
    log = _log(client_environment).read_text()
    assert "Peer Connection Initiated" in log, log


@pytest.mark.does("a wrong code is asked for again")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    said = _connect(client_environment, WRONG_PIN.decode(), client_environment.pin)
    assert said.count(_QUESTION) == 2 and _OPENED in said, said


def _connect(environment: ClientEnvironment, *typed: str) -> str:
    """Runs the server and the client of the page, in a network of their own."""
    authority = environment.authority
    server = environment.directory / "server.conf"
    server.write_text(
        _SERVER.format(
            clients=environment.cards_authority, certificate=authority.server_certificate, key=authority.server_key
        )
    )
    (environment.directory / "hopital.ovpn").write_text(_settings(environment))
    (start,) = blocks("Open the tunnel", "sh", _PAGE)
    return environment.run(
        "unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-euc", _IN_A_NETWORK, "bash",
        server, _log(environment), *at_terminal("bash", "-euc", start),
        stdin="\n".join(typed), env=without_pss(environment),
    )  # fmt: skip


def _settings(environment: ClientEnvironment) -> str:
    (written,) = settings(environment, "Open the tunnel", _PAGE)
    for documented, here in {
        "vpn.hopital.example": HOST,
        "ac-vpn.pem": str(environment.authority.certificate),
        "SERIALIZED-ID": _serialized_id(environment),
    }.items():
        assert documented in written
        written = written.replace(documented, here)
    (of_cps3,) = settings(environment, "With a CPS3", _PAGE)
    return written + ("" if environment.card.has_pss else of_cps3) + _OF_THE_TEST


def _serialized_id(environment: ClientEnvironment) -> str:
    (show,) = blocks("Find the certificate", "sh", _PAGE)
    env = {"MODULE": environment.module, "PATH": f"{environment.env['PATH']}:/usr/sbin"}
    lines = environment.run("bash", "-euc", show, env=env).splitlines()
    wanted = environment.card.authentication.id.hex().upper()
    assert wanted.endswith(("FF001002", "FF001020"))
    (found,) = (line for line in lines if "Serialized id:" in line and line.endswith(wanted))
    return found.partition("Serialized id:")[2].strip()


def _log(environment: ClientEnvironment) -> Path:
    return environment.artefacts / "server.log"
