"""Git over HTTPS, built on GnuTLS: a repository cloned and pushed, as docs/clients/git.md says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.clients.servers.git_server import GitServer, content
from conformance.clients.servers.web_server import TlsMode
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.p11_kit import register, run_documented
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("Git")

_PAGE = "docs/clients/git.md"
# The file where git's helper `store` keeps every password that it is given.
_STORE = "git config --global credential.helper store\n"
_AUTHOR = {f"GIT_{who}_{what}": "nobody" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture
def git_server(client_environment: ClientEnvironment, tls_mode: TlsMode) -> Iterator[GitServer]:
    with GitServer(client_environment, tls_mode) as server:
        yield server


@pytest.mark.does("a repository cloned and pushed, the code in no store")
def test_clone_and_push(client_environment: ClientEnvironment, git_server: GitServer) -> None:
    register(client_environment, alone=True)
    pin = client_environment.pin
    said = _run(client_environment, git_server, _STORE + _settings() + _use(), pin, pin)
    assert said.count("Password for 'cert://") == 2, said
    assert content(git_server.repository, "protocole.txt") == b"Repos et grand air\n"
    assert set(git_server.visits) == {git_server.fingerprint(client_environment.authentication_certificate)}
    assert not (client_environment.home / ".git-credentials").exists(), "git stored the code porteur"


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, git_server: GitServer) -> None:
    register(client_environment, alone=True)
    said = _run(client_environment, git_server, _settings() + _use(), WRONG_PIN.decode(), fails=True)
    assert "Error in provided PIN" in said, said
    assert git_server.visits == [] and client_environment.rig.pin_tries == 2


def _settings() -> str:
    return blocks("Name the certificate of the card", "sh", _PAGE)[0]


def _use() -> str:
    return blocks("Clone and push", "sh", _PAGE)[0]


def _run(environment: ClientEnvironment, server: GitServer, script: str, *codes: str, fails: bool = False) -> str:
    settings = {"GIT_SSL_CAINFO": str(environment.authority.certificate), **_AUTHOR}
    script = script.replace("https://host/", server.url.removesuffix(server.repository.name))
    return run_documented(environment, script, *codes, env=settings, fails=fails)
