"""OpenSSH: the card's keys, logins with and without an agent, signed files; as docs/clients/ssh.md tells it."""

from __future__ import annotations

import shlex

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.clients.servers.ssh_server import SshServer
from conformance.clients.story import Story, expect
from conformance.clients.support.client_environment import World
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks

_CLIENT = "OpenSSH"
_INSIDE = "echo Bienvenue"
_ASKPASS = "#!/bin/sh\necho asked >> {asked}\necho {code}\n"


def keys(world: World) -> None:
    """RFC 4253 clause 6.6, and the label of each public key as its comment."""
    shown = world.run("ssh-keygen", "-D", world.module)
    for pair in world.card.keys:
        line = world.card.public_key(pair).public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        expect(f"{line} {pair.public}\n" in shown, shown)


def login(world: World) -> None:
    show, log_in, *_ = _scripts()
    server = SshServer(world, authorized=_play(world, show))
    expect(_play(world, log_in, server=server).endswith("Bienvenue\n"), "no login")
    expect(_times_asked(world) == 1, f"asked {_times_asked(world)} times for the code")


def agent(world: World) -> None:
    """One code for two logins and a signed file; the agent ends with the script."""
    show, _, with_agent, sign_and_verify = _scripts()
    server = SshServer(world, authorized=_play(world, show))
    said = _play(world, with_agent, with_agent.splitlines()[-1], sign_and_verify, "ssh-agent -k", server=server)
    expect(said.count("Bienvenue\n") == 2, said)
    expect('Good "file" signature' in said, said)
    expect(_times_asked(world) == 1, f"asked {_times_asked(world)} times for the code")


def wrong_code(world: World) -> None:
    show, log_in, *_ = _scripts()
    server = SshServer(world, authorized=_play(world, show))
    said = _play(world, log_in, server=server, code=WRONG_PIN.decode(), fails=True)
    expect("login failed" in said and "Bienvenue" not in said, said)
    expect(world.rig.pin_tries == 2, f"{world.rig.pin_tries} tries are left after one wrong code\n{said}")


def _scripts() -> list[str]:
    return blocks("OpenSSH", "sh", "docs/clients/ssh.md")


def _play(
    world: World, *scripts: str, server: SshServer | None = None, code: str | None = None, fails: bool = False
) -> str:
    """Runs commands of docs/clients/ssh.md on a server of ours; a program answers when ssh asks for the code."""
    host = shlex.join(server.client_settings()) if server else ""
    askpass = world.directory / "askpass"
    askpass.write_text(_ASKPASS.format(asked=world.directory / "asked", code=code or world.pin))
    askpass.chmod(0o700)
    return world.run(
        "bash", "-euc", "\n".join(scripts).replace("user@host", f"{host} {_INSIDE}"),
        env={"MODULE": world.module, "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}, fails=fails,
    )  # fmt: skip


def _times_asked(world: World) -> int:
    asked = world.directory / "asked"
    return len(asked.read_text().splitlines()) if asked.exists() else 0


STORIES = (
    Story(_CLIENT, "ssh-keygen -D shows both keys", keys),
    Story(_CLIENT, "ssh -I logs in with the authentication key", login),
    Story(_CLIENT, "an agent logs in twice and signs a file with one code", agent),
    Story(_CLIENT, "a wrong code is told and costs one try", wrong_code),
)
