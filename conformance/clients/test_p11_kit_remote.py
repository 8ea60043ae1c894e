"""p11-kit's remoting: a container and another machine use the reader of this one, as docs/remote.md says."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.clients.servers.ssh_server import SshServer
from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.mount_namespace import in_mount_namespace
from conformance.clients.support.openssl import verify
from conformance.clients.tls_clients import curl, gnutls, nss, tls
from conformance.testbed.cards import Card
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

pytestmark = pytest.mark.client("p11-kit remoting")

_DOCUMENT = "docs/remote.md"
_CONTAINER_SOCKET = "/run/cps.sock"
_OTHER_SOCKET = "/run/user/1000/cps.sock"
_NO_READER = "/nonexistent"


@pytest.fixture
def remote(client_environment: ClientEnvironment) -> Path:
    """The folder of the one who uses the reader from elsewhere."""
    folder = client_environment.directory / "remote"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def ssh_identity(client_environment: ClientEnvironment) -> Path:
    """A key for a login that does not need the card."""
    identity = client_environment.directory / "identity"
    client_environment.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", identity)
    return identity


@pytest.fixture
def ssh_server(client_environment: ClientEnvironment, ssh_identity: Path) -> SshServer:
    return SshServer(client_environment, authorized=ssh_identity.with_suffix(".pub").read_text())


@pytest.mark.root
@pytest.mark.does("a container signs with the reader of its host")
def test_container(client_environment: ClientEnvironment, remote: Path) -> None:
    """Namespaces of its own, an empty network and environment, and of this machine's /run only the socket."""
    run = client_environment.directory / "run"
    run.mkdir(mode=0o700)
    inside = ("unshare", "--net", "--ipc", "--uts", "env", "--ignore-environment", "PATH=/usr/bin:/bin")
    script = at_terminal("bash", "-euc", _script(remote))
    with _served(client_environment, run):
        said = client_environment.run(
            *in_mount_namespace({Path("/run"): run}, *inside, *script), stdin=_codes(client_environment)
        )
    _check_signature(client_environment, remote, said)


@pytest.mark.root
@pytest.mark.does("another machine signs with a reader that ssh -R brought along")
def test_ssh_remote_forward(
    client_environment: ClientEnvironment, remote: Path, ssh_server: SshServer, ssh_identity: Path
) -> None:
    """`ssh -R`: the session at the other end has sshd's environment, which leads to no reader."""
    socket = remote / "cps.sock"
    there = shlex.join(at_terminal("bash", "-euc", _script(remote, socket)))
    host = shlex.join((*ssh_server.client_settings(ssh_identity), there))
    (log_in, _) = blocks("On another machine", "sh", _DOCUMENT)
    script = log_in.replace(_OTHER_SOCKET, str(socket)).replace("user@host", host)
    with _served(client_environment, client_environment.home):
        said = client_environment.run("bash", "-euc", script, stdin=_codes(client_environment))
    _check_signature(client_environment, remote, said)


@pytest.mark.root
@pytest.mark.does("another machine signs with a reader that ssh -L fetched")
def test_ssh_local_forward(
    client_environment: ClientEnvironment, remote: Path, ssh_server: SshServer, ssh_identity: Path
) -> None:
    """`ssh -L`: the program runs where no reader can be reached but through the forwarded socket."""
    socket = remote / "cps.sock"
    (_, fetch) = blocks("On another machine", "sh", _DOCUMENT)
    script = fetch.replace(_OTHER_SOCKET, str(client_environment.home / "cps.sock"))
    script = script.replace("user@host", shlex.join(ssh_server.client_settings(ssh_identity)))
    there = at_terminal("bash", "-euc", _script(remote, socket))
    no_reader = {"PCSCLITE_CSOCK_NAME": _NO_READER}
    with _served(client_environment, client_environment.home):
        client_environment.start("bash", "-euc", script, env={"XDG_RUNTIME_DIR": str(remote)})
        wait_until(socket.exists, "the forwarded socket")
        said = client_environment.run(*there, stdin=_codes(client_environment), env=no_reader)
    _check_signature(client_environment, remote, said)


@pytest.mark.does("cards that come and go are seen from afar")
def test_card_inserted_later(client_environment: ClientEnvironment, card: Card) -> None:
    """The server is started without a card; each program sees what is in the reader when it asks."""
    client_environment.rig.remove()
    with _served(client_environment, client_environment.home):
        _use_served_reader(client_environment)
        listing = ("pkcs11-tool", "--module", client_environment.module, "-L")
        assert "No slots" in client_environment.run(*listing, fails=True), "a token without a card"
        client_environment.rig.insert()
        assert card.generation in client_environment.run(*listing), "no card"


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    with _served(client_environment, client_environment.home):
        _use_served_reader(client_environment)
        tls.check_login(client_environment, web_server, nss.visit)


@pytest.mark.does("GnuTLS and curl log in with the card of another machine")
def test_other_clients(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    with _served(client_environment, client_environment.home):
        _use_served_reader(client_environment)
        for visit in (gnutls.visit, curl.visit):
            tls.expect_page(client_environment, web_server, visit)


@contextmanager
def _served(environment: ClientEnvironment, runtime: Path) -> Iterator[None]:
    """Serves the reader on a socket in the folder, from ``with`` to its end."""
    (script,) = blocks("At the reader", "sh", _DOCUMENT)
    env = {"MODULE": environment.module, "XDG_RUNTIME_DIR": str(runtime)}
    pid = environment.run("bash", "-euc", f'{script}\necho "$P11_KIT_SERVER_PID"', env=env)
    try:
        yield
    finally:
        os.kill(int(pid), signal.SIGTERM)


def _use_served_reader(environment: ClientEnvironment) -> None:
    """Programs of the test find no other reader from here on."""
    environment.env |= {
        "PCSCLITE_CSOCK_NAME": _NO_READER,
        "P11_KIT_SERVER_ADDRESS": f"unix:path={environment.home}/cps.sock",
    }
    (client,) = Path("/usr/lib").glob("*/pkcs11/p11-kit-client.so")
    environment.module = str(client)


def _script(remote: Path, socket: Path | None = None) -> str:
    """The script of the reader's user; ``socket`` replaces that of a container."""
    (script,) = blocks("In a container", "sh", _DOCUMENT)
    script = script.replace(_CONTAINER_SOCKET, str(socket)) if socket else script
    return f"cd {shlex.quote(str(remote))}\n{script}"


def _codes(environment: ClientEnvironment) -> str:
    """The typed codes: the script logs in twice."""
    return f"{environment.pin}\n" * 2


def _check_signature(environment: ClientEnvironment, remote: Path, said: str) -> None:
    card = environment.card
    assert card.signature.private in said and card.authentication.private in said, said
    verify(environment, remote / "message", remote / "message.sig", card.issued(card.signature))
