"""GnuTLS: its p11tool, and a TLS login with gnutls-cli; wget, Exim and CUPS are built on it."""

from __future__ import annotations

import pytest

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.tls_clients import tls
from conformance.clients.tls_clients.gnutls import address, visit
from conformance.testbed.cards import WRONG_PIN, Card, KeyNames

pytestmark = pytest.mark.client("GnuTLS")

_PSS = ("--sign-params=RSA-PSS", "--hash=SHA256")


@pytest.mark.does("p11tool lists every object of the card")
def test_objects(client_environment: ClientEnvironment, card: Card) -> None:
    listed = _p11tool(client_environment, "--login", "--list-all")
    names = {name for keys in card.keys for name in (keys.private, keys.certificate, keys.public)}
    for name in names | card.public_data | card.private_data:
        assert f"Label: {name}\n" in listed, f"{name} is missing\n{listed}"


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    said = client_environment.run(
        "p11tool", "--provider", client_environment.module, "--login", "--list-privkeys",
        env={"GNUTLS_PIN": WRONG_PIN.decode()}, fails=True,
    )  # fmt: skip
    assert "Wrong PIN has been provided" in said and "Only few tries left" in said, said
    assert client_environment.rig.pin_tries == 2


@pytest.mark.does("p11tool signs with both keys, and verifies")
def test_sign(client_environment: ClientEnvironment, card: Card) -> None:
    for keys in card.keys:
        _sign_and_verify(client_environment, keys)


@pytest.mark.does("p11tool signs with both keys and PSS, and verifies")
def test_pss(client_environment: ClientEnvironment, card: Card) -> None:
    if card.has_pss:
        for keys in card.keys:
            _sign_and_verify(client_environment, keys, *_PSS)
        return
    signing = ("--login", *_PSS, "--test-sign", address(card.authentication))
    refusal = _p11tool(client_environment, *signing, fails=True)
    assert "The signature algorithm is not supported" in refusal, refusal
    client_environment.not_supported_by_card("this chip does not have RSA-PSS")


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, visit)


def _sign_and_verify(environment: ClientEnvironment, keys: KeyNames, *options: str) -> None:
    """p11tool signs, and verifies with both public keys that it finds; what it did not find it only says."""
    said = _p11tool(environment, "--login", *options, "--test-sign", address(keys))
    assert said.count("... ok\n") == 3, said


def _p11tool(environment: ClientEnvironment, *arguments: str, fails: bool = False) -> str:
    command = ("p11tool", "--provider", environment.module, *arguments)
    return environment.run(*command, env={"GNUTLS_PIN": environment.pin}, fails=fails)
