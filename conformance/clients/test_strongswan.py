"""strongSwan: an IPsec tunnel for the holder of the card, as docs/clients/strongswan.md says."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.documented_settings import settings
from conformance.clients.support.mount_namespace import in_mount_namespace
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

pytestmark = [pytest.mark.client("strongSwan"), pytest.mark.root]

_PAGE = "docs/clients/strongswan.md"
_HANDLE = "E828BD080F8025000001FF001020"
_PLUGINS = Path("/etc/strongswan.d")
_SWANCTL = Path("/etc/swanctl")
_RUN = Path("/run")
_SERVER_SETTINGS = f"""\
connections {{
    hopital {{
        local_addrs = 10.9.0.1
        pools = pool
        local {{
            certs = server.pem
            id = {HOST}
        }}
        remote {{
            auth = pubkey
            cacerts = cards.pem
        }}
        children {{
            hopital {{
                local_ts = 10.8.0.0/24
            }}
        }}
    }}
}}
pools {{
    pool {{
        addrs = 10.10.0.0/24
    }}
}}
"""
# Two networks with a cable between them; the server is first to start and last to end.
_NETWORKS = """
unshare --net sh -c "$1" >"$3" 2>&1 &
server=$!
until [ -e network ]; do sleep 0.1; done
ip link add cabinet type veth peer name hopital netns $server
ip link set lo up
ip addr add 10.9.0.2/24 dev cabinet
ip link set cabinet up
until [ -e loaded ]; do kill -0 $server; sleep 0.1; done
status=0
sh -c "$2" || status=$?
kill -KILL $server  # unshare lets its children, all of them, end with it, and no other signal end it
exit $status
"""
_SERVER = """
until ip link show hopital >/dev/null 2>&1; do sleep 0.1; done
ip link set lo up
ip addr add 10.9.0.1/24 dev hopital
ip link set hopital up
ip addr add 10.8.0.1/24 dev lo
/usr/lib/ipsec/charon &
until [ -S /run/charon.vici ]; do sleep 0.1; done
swanctl --load-all
touch loaded
exec python3 -m http.server --bind 10.8.0.1 --directory served 80
"""
_CLIENT = """
/usr/lib/ipsec/charon >/dev/null 2>&1 &
until [ -S /run/charon.vici ]; do sleep 0.1; done
{documented}
curl --silent --show-error --max-time 20 http://10.8.0.1/
"""
_PAGE_OF_THE_HOSPITAL = "Bienvenue"


@pytest.mark.does("a tunnel with the authentication key, and a page through it")
def test_tunnel(client_environment: ClientEnvironment) -> None:
    said = _connect(client_environment, client_environment.pin)
    assert "CHILD_SA hopital{1} established" in said, said
    assert _PAGE_OF_THE_HOSPITAL in said, said


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    said = _connect(client_environment, WRONG_PIN.decode(), fails=True)
    assert "loading 'token-cps' failed" in said, said
    assert client_environment.rig.pin_tries == 2


def _connect(environment: ClientEnvironment, code: str, *, fails: bool = False) -> str:
    """Runs a server, and the commands of the page, each in a network of its own."""
    (environment.directory / "served").mkdir()
    (environment.directory / "served" / "index.html").write_text(_PAGE_OF_THE_HOSPITAL)
    (documented,) = blocks("strongSwan (IPsec)", "sh", _PAGE)
    server = _in_machine(environment, "server", _server(environment), "bash", "-euc", _SERVER)
    script = _CLIENT.format(documented=documented)
    client = _in_machine(environment, "client", _client(environment), *at_terminal("bash", "-euc", script))
    log = environment.artefacts / "server.log"
    start = f"touch network; exec {shlex.join(server)}"
    return environment.run(
        "unshare", "--net", "bash", "-euc", _NETWORKS, "bash", start, shlex.join(client), log, stdin=code, fails=fails
    )


def _in_machine(environment: ClientEnvironment, name: str, swanctl: Path, *command: str) -> tuple[str, ...]:
    """The command line of a program that finds these settings, and nothing of another charon."""
    run = environment.directory / f"{name}-run"
    run.mkdir()
    plugins = environment.directory / f"{name}-plugins"
    shutil.copytree(_PLUGINS, plugins)
    # The kernel of the tests may have no IPsec: charon does it itself.
    (plugins / "charon" / "kernel-libipsec.conf").write_text("kernel-libipsec {\n    load = yes\n}\n")
    pkcs11, _ = settings(environment, "strongSwan (IPsec)", _PAGE)
    (plugins / "charon" / "pkcs11.conf").write_text(pkcs11 if name == "client" else "")
    mounts = {_RUN: run, _PLUGINS: plugins, _SWANCTL: swanctl}
    return tuple(str(word) for word in in_mount_namespace(mounts, *command))


def _client(environment: ClientEnvironment) -> Path:
    _, written = settings(environment, "strongSwan (IPsec)", _PAGE)
    assert _HANDLE in written
    mine = written.replace(_HANDLE, environment.card.authentication.id.hex().upper())
    named = mine.replace("remote_addrs = vpn.hopital.example", "remote_addrs = 10.9.0.1")
    folder = environment.directory / "client"
    _write(folder / "conf.d" / "hopital.conf", named.replace("vpn.hopital.example", HOST))
    _write(folder / "x509ca" / "server.pem", environment.authority.certificate.read_text())
    return _complete(folder)


def _server(environment: ClientEnvironment) -> Path:
    folder, authority = environment.directory / "server", environment.authority
    _write(folder / "conf.d" / "hopital.conf", _SERVER_SETTINGS)
    _write(folder / "x509ca" / "cards.pem", environment.cards_authority.read_text())
    _write(folder / "x509" / "server.pem", authority.server_certificate.read_text())
    _write(folder / "private" / "server.key", authority.server_key.read_text())
    return _complete(folder)


def _complete(folder: Path) -> Path:
    """With the file that Debian's package has, which reads the others."""
    shutil.copy(_SWANCTL / "swanctl.conf", folder)
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
