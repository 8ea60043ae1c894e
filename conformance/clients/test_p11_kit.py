"""p11-kit: the module among those that a user registered, and behind the proxy that stands for all of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.openssl import verify
from conformance.clients.support.p11_kit import AS_USER, register
from conformance.testbed.cards import Card

pytestmark = pytest.mark.client("p11-kit")

_PROGRAM = Path(__file__).parent / "programs" / "use_proxy_and_module.py"


@pytest.mark.does("a registered module is found by GnuTLS")
def test_registered_module(client_environment: ClientEnvironment, card: Card) -> None:
    """GnuTLS then finds the card without the path of a module."""
    listed = register(client_environment)
    module, token = client_environment.module, client_environment.token
    for line in (f"cryptolib-cps: {module}", "library-manufacturer: Cryptolib CPS", f"token: {token}"):
        assert line in listed, listed
    key = f"pkcs11:token={token.replace(' ', '%20')};id=%{card.authentication.id.hex('%')};type=private"
    signing = (*AS_USER, "p11tool", "--login", "--test-sign", key)
    said = client_environment.run(*signing, env={"GNUTLS_PIN": client_environment.pin})
    assert said.count("... ok\n") == 3, said


@pytest.mark.does("both keys sign through the proxy, OpenSSL verifies")
def test_proxy(client_environment: ClientEnvironment, card: Card) -> None:
    register(client_environment, alone=True)
    message, signature = client_environment.directory / "message", client_environment.directory / "message.sig"
    message.write_text("Repos et grand air")
    for keys in card.keys:
        client_environment.run(
            *AS_USER, "pkcs11-tool", "--module", _proxy(), "--token-label", client_environment.token,
            "--login", "--pin", "env:CPS_PIN", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", keys.id.hex(),
            "--input-file", message, "--output-file", signature, env={"CPS_PIN": client_environment.pin},
        )  # fmt: skip
        verify(client_environment, message, signature, card.issued(keys))


@pytest.mark.does("one process uses the module directly and through the proxy")
def test_both(client_environment: ClientEnvironment) -> None:
    register(client_environment, alone=True)
    typed = "\n".join((client_environment.module, str(_proxy()), client_environment.pin, ""))
    said = client_environment.run(*AS_USER, sys.executable, "-P", _PROGRAM, stdin=typed)
    assert said == "served both ways\n", said


def _proxy() -> Path:
    (found,) = Path("/usr/lib").glob("*/p11-kit-proxy.so")
    return found
