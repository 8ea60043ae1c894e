"""OpenSSH: the card's keys, logins with and without an agent, signed files; as docs/clients/ssh.md says."""

from __future__ import annotations

import shlex

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.clients.servers.ssh_server import SshServer
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.cards import WRONG_PIN, Card
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("OpenSSH")

_REMOTE_COMMAND = "echo Bienvenue"
_ASKPASS = "#!/bin/sh\necho asked >> {asked}\necho {code}\n"


@pytest.mark.does("ssh-keygen -D shows both keys")
def test_keys(client_environment: ClientEnvironment, card: Card) -> None:
    """RFC 4253 clause 6.6, and the label of each public key as its comment."""
    shown = client_environment.run("ssh-keygen", "-D", client_environment.module)
    for pair in card.keys:
        line = card.public_key(pair).public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        assert f"{line} {pair.public}\n" in shown, shown


@pytest.mark.root
@pytest.mark.does("ssh -I logs in with the authentication key")
def test_login(client_environment: ClientEnvironment) -> None:
    show, log_in, *_ = _scripts()
    server = _server(client_environment, show)
    assert _run_documented(client_environment, log_in, server=server).endswith("Bienvenue\n"), "no login"
    assert _times_asked(client_environment) == 1


@pytest.mark.root
@pytest.mark.does("an agent logs in twice and signs a file with one code")
def test_agent(client_environment: ClientEnvironment) -> None:
    """One code for two logins and a signed file; the agent ends with the script."""
    show, _, with_agent, sign_and_verify = _scripts()
    server = _server(client_environment, show)
    said = _run_documented(
        client_environment, with_agent, with_agent.splitlines()[-1], sign_and_verify, "ssh-agent -k", server=server
    )
    assert said.count("Bienvenue\n") == 2, said
    assert 'Good "file" signature' in said, said
    assert _times_asked(client_environment) == 1


@pytest.mark.root
@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    show, log_in, *_ = _scripts()
    server = _server(client_environment, show)
    said = _run_documented(client_environment, log_in, server=server, code=WRONG_PIN.decode(), fails=True)
    assert "login failed" in said and "Bienvenue" not in said, said
    assert client_environment.rig.pin_tries == 2


def _server(environment: ClientEnvironment, show: str) -> SshServer:
    """Lets in who has the authentication key of the card."""
    return SshServer(environment, authorized=_run_documented(environment, show))


def _scripts() -> list[str]:
    return blocks("OpenSSH", "sh", "docs/clients/ssh.md")


def _run_documented(
    environment: ClientEnvironment,
    *scripts: str,
    server: SshServer | None = None,
    code: str | None = None,
    fails: bool = False,
) -> str:
    """Runs commands of docs/clients/ssh.md on the private server; a program answers when ssh asks for the code."""
    host = shlex.join(server.client_settings()) if server else ""
    askpass = environment.directory / "askpass"
    askpass.write_text(_ASKPASS.format(asked=environment.directory / "asked", code=code or environment.pin))
    askpass.chmod(0o700)
    return environment.run(
        "bash", "-euc", "\n".join(scripts).replace("user@host", f"{host} {_REMOTE_COMMAND}"),
        env={"MODULE": environment.module, "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}, fails=fails,
    )  # fmt: skip


def _times_asked(environment: ClientEnvironment) -> int:
    """How often ssh asked for the code."""
    asked = environment.directory / "asked"
    return len(asked.read_text().splitlines()) if asked.exists() else 0
