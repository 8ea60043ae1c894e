"""p11-kit's remoting: a container and another machine use the reader of this one, as docs/remote.md tells."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.clients import test_gnutls as gnutls
from conformance.clients import test_nss as nss_tools
from conformance.clients.servers.ssh_server import SshServer
from conformance.clients.servers.web_server import TLS12, TLS13, WebServer
from conformance.clients.story import Story, expect
from conformance.clients.support import curl, tls
from conformance.clients.support.client_environment import World, eventually
from conformance.clients.support.mount_namespace import privately
from conformance.clients.support.openssl import verify
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

_CLIENT = "p11-kit remoting"
_DOCUMENT = "docs/remote.md"
_CONTAINER_SOCKET = "/run/cps.sock"
_OTHER_SOCKET = "/run/user/1000/cps.sock"
_NO_READER = "/nonexistent"


def container(world: World) -> None:
    """Namespaces of its own, an empty network and environment, and of this machine's /run only the socket."""
    run = world.directory / "run"
    run.mkdir(mode=0o700)
    inside = ("unshare", "--net", "--ipc", "--uts", "env", "--ignore-environment", "PATH=/usr/bin:/bin")
    script = f"cd {shlex.quote(str(_far(world)))}\n{_use()}"
    with _lent(world, run):
        said = world.run(
            *privately({Path("/run"): run}, *inside, *at_terminal("bash", "-euc", script)), feed=_codes(world)
        )
    _judge(world, said)


def taken_along(world: World) -> None:
    """`ssh -R`: the session at the other end has sshd's environment, which leads to no reader."""
    server, identity = _ssh_server(world)
    far_socket = _far(world) / "cps.sock"
    there = f"cd {shlex.quote(str(_far(world)))}\n{_use(far_socket)}"
    host = shlex.join((*server.client_settings(identity), shlex.join(at_terminal("bash", "-euc", there))))
    (log_in, _) = blocks("On another machine", "sh", _DOCUMENT)
    script = log_in.replace(_OTHER_SOCKET, str(far_socket)).replace("user@host", host)
    with _lent(world, world.home):
        said = world.run("bash", "-euc", script, feed=_codes(world))
    _judge(world, said)


def fetched(world: World) -> None:
    """`ssh -L`: the program runs where no reader can be reached but through the forwarded socket."""
    server, identity = _ssh_server(world)
    far_socket = _far(world) / "cps.sock"
    (_, fetch) = blocks("On another machine", "sh", _DOCUMENT)
    script = fetch.replace(_OTHER_SOCKET, str(world.home / "cps.sock"))
    script = script.replace("user@host", shlex.join(server.client_settings(identity)))
    there = f"cd {shlex.quote(str(_far(world)))}\n{_use(far_socket)}"
    with _lent(world, world.home):
        world.start("bash", "-euc", script, env={"XDG_RUNTIME_DIR": str(_far(world))})
        eventually(far_socket.exists, "the forwarded socket")
        said = world.run(
            *at_terminal("bash", "-euc", there), feed=_codes(world), env={"PCSCLITE_CSOCK_NAME": _NO_READER}
        )
    _judge(world, said)


def come_and_go(world: World) -> None:
    """The server is started without a card; each program sees what is in the reader when it asks."""
    world.rig.remove()
    with _lent(world, world.home):
        _go_far(world)
        listing = ("pkcs11-tool", "--module", world.module, "-L")
        expect("No slots" in world.run(*listing, fails=True), "a token without a card")
        world.rig.insert()
        expect(world.card.generation in world.run(*listing), "no card")


def other_clients(world: World) -> None:
    version = TLS12 if world.card.generation == "CPS3" else TLS13
    with _lent(world, world.home):
        _go_far(world)
        for visit in (gnutls.visit, curl.visit):
            tls.welcome(world, version, visit)


def _visit(world: World, server: WebServer, *, fails: bool) -> str:
    with _lent(world, world.home):
        _go_far(world)
        return nss_tools.visit(world, server, fails=fails)


@contextmanager
def _lent(world: World, runtime: Path) -> Iterator[None]:
    """Lends the reader on a socket in the folder, from ``with`` to its end."""
    (script,) = blocks("At the reader", "sh", _DOCUMENT)
    env = {"MODULE": world.module, "XDG_RUNTIME_DIR": str(runtime)}
    pid = world.run("bash", "-euc", f'{script}\necho "$P11_KIT_SERVER_PID"', env=env)
    try:
        yield
    finally:
        os.kill(int(pid), signal.SIGTERM)


def _go_far(world: World) -> None:
    """From here on, programs of the story find no reader but the one that is lent."""
    world.env |= {"PCSCLITE_CSOCK_NAME": _NO_READER, "P11_KIT_SERVER_ADDRESS": f"unix:path={world.home}/cps.sock"}
    (client,) = Path("/usr/lib").glob("*/pkcs11/p11-kit-client.so")
    world.module = str(client)


def _far(world: World) -> Path:
    """The folder of the one who uses the reader from elsewhere."""
    far = world.directory / "far"
    far.mkdir(mode=0o700, exist_ok=True)
    return far


def _use(socket: Path | None = None) -> str:
    (script,) = blocks("In a container", "sh", _DOCUMENT)
    return script.replace(_CONTAINER_SOCKET, str(socket)) if socket else script


def _codes(world: World) -> str:
    """What is typed: the script logs in twice."""
    return f"{world.pin}\n" * 2


def _judge(world: World, said: str) -> None:
    expect(world.card.signature.private in said and world.card.authentication.private in said, said)
    verify(world, _far(world) / "message", _far(world) / "message.sig", world.card.issued(world.card.signature))


def _ssh_server(world: World) -> tuple[SshServer, Path]:
    """An sshd, and a key that it lets in."""
    identity = world.directory / "identity"
    world.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", identity)
    return SshServer(world, authorized=identity.with_suffix(".pub").read_text()), identity


STORIES = (
    Story(_CLIENT, "a container signs with the reader of its host", container),
    Story(_CLIENT, "another machine signs with a reader that ssh -R brought along", taken_along),
    Story(_CLIENT, "another machine signs with a reader that ssh -L fetched", fetched),
    Story(_CLIENT, "cards that come and go are seen from afar", come_and_go),
    *tls.stories(_CLIENT, _visit),
    Story(_CLIENT, "GnuTLS and curl log in with the card of another machine", other_clients),
)
