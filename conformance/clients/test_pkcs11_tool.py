"""OpenSC's pkcs11-tool: its own self-test, and a signature that OpenSSL verifies."""

from __future__ import annotations

import pytest

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.openssl import verify
from conformance.testbed.cards import Card

pytestmark = pytest.mark.client("pkcs11-tool")


@pytest.mark.does("its self-test, without errors")
def test_self_test(client_environment: ClientEnvironment) -> None:
    """`--test` ends with status 0 even when it found errors: its last line is what counts."""
    said = _tool(client_environment, "--test")
    assert said.rstrip().endswith("No errors"), said


@pytest.mark.does("both keys sign, OpenSSL verifies")
def test_sign(client_environment: ClientEnvironment, card: Card) -> None:
    message, signature = client_environment.directory / "message", client_environment.directory / "message.sig"
    message.write_text("Repos et grand air")
    for keys in card.keys:
        _tool(
            client_environment, "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", keys.id.hex(),
            "--input-file", str(message), "--output-file", str(signature),
        )  # fmt: skip
        verify(client_environment, message, signature, card.issued(keys))


def _tool(environment: ClientEnvironment, *arguments: str) -> str:
    login = ("--login", "--pin", "env:CPS_PIN")
    return environment.run(
        "pkcs11-tool", "--module", environment.module, *login, *arguments, env={"CPS_PIN": environment.pin}, seconds=120
    )
