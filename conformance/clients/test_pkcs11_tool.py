"""OpenSC's pkcs11-tool: its own self-test, and a signature that OpenSSL verifies."""

from __future__ import annotations

from conformance.clients.story import Story, expect
from conformance.clients.support.client_environment import World
from conformance.clients.support.openssl import verify


def self_test(world: World) -> None:
    """`--test` ends with status 0 even when it found errors: its last line is what counts."""
    said = _tool(world, "--test")
    expect(said.rstrip().endswith("No errors"), said)


def sign(world: World) -> None:
    message, signature = world.directory / "message", world.directory / "message.sig"
    message.write_text("Repos et grand air")
    for keys in world.card.keys:
        _tool(
            world, "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", keys.id.hex(),
            "--input-file", str(message), "--output-file", str(signature),
        )  # fmt: skip
        verify(world, message, signature, world.card.issued(keys))


def _tool(world: World, *arguments: str) -> str:
    login = ("--login", "--pin", "env:CPS_PIN")
    return world.run(
        "pkcs11-tool", "--module", world.module, *login, *arguments, env={"CPS_PIN": world.pin}, seconds=120
    )


STORIES = (
    Story("pkcs11-tool", "its self-test, without errors", self_test),
    Story("pkcs11-tool", "both keys sign, OpenSSL verifies", sign),
)
