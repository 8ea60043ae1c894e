"""Node with pkcs11js: the program of docs/clients/node.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.openssl import run_documented
from conformance.testbed.cards import WRONG_PIN, Card
from conformance.testbed.documented_commands import blocks

pytestmark = pytest.mark.client("Node")

_PACKAGES = Path(__file__).parents[2] / "build" / "node" / "node_modules"
"""Where scripts/node-packages puts pkcs11js."""


@pytest.mark.does("pkcs11js signs, verified without Node")
def test_sign(client_environment: ClientEnvironment, card: Card) -> None:
    signature = bytes.fromhex(_run(client_environment))
    card.public_key(card.authentication).verify(signature, b"Repos et grand air", PKCS1v15(), SHA256())


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    said = _run(client_environment, code=WRONG_PIN.decode(), fails=True)
    assert "CKR_PIN_INCORRECT" in said, said
    assert client_environment.rig.pin_tries == 2


def _run(environment: ClientEnvironment, *, code: str | None = None, fails: bool = False) -> str:
    (program,) = blocks("Sign", "js", "docs/clients/node.md")
    (script,) = blocks("Sign", "sh", "docs/clients/node.md")
    (environment.directory / "sign.js").write_text(program)
    return run_documented(environment, script, {"NODE_PATH": str(_PACKAGES)}, code=code, fails=fails)
