"""OpenSSL 3 with pkcs11-provider: the machine's, or the one that scripts/pkcs11-provider unpacked."""

from __future__ import annotations

from pathlib import Path

from conformance.clients.story import Story, StoryFailed, expect
from conformance.clients.support.client_environment import World
from conformance.clients.support.openssl import address, configured, play_signing
from conformance.clients.test_openssl import Command
from conformance.testbed.documented_commands import blocks
from conformance.virtual_card.identity import pem

_CLIENT = "OpenSSL provider"
_MAIN = """\
providers = providers
[providers]
default = builtin
pkcs11 = pkcs11
[builtin]
activate = 1
[pkcs11]
module = {provider}
pkcs11-module-path = {module}
activate = 1
"""


def configuration(world: World) -> dict[str, str]:
    """The environment that leads OpenSSL to the module through the provider ``pkcs11``; no quirk is needed."""
    return configured(world, _MAIN.format(provider=provider(), module=world.module))


def provider() -> Path:
    for root in (Path("/"), Path(__file__).parents[3] / "build" / "pkcs11-provider"):
        for found in root.glob("usr/lib/*/ossl-modules/pkcs11.so"):
            return found
    raise StoryFailed("no pkcs11-provider: run scripts/pkcs11-provider")


def certificates(world: World) -> None:
    for keys in world.card.keys:
        said = world.run(
            "openssl", "storeutl", "-certs", address(world, keys.certificate, "cert"),
            env=configuration(world),
        )  # fmt: skip
        expect(pem(world.card.issued(keys)) in said, said)


def recipe(world: World) -> None:
    (script,) = blocks("Provider", "sh", "docs/clients/openssl.md")
    play_signing(world, script, {"OPENSSL_MODULES": str(provider().parent)})


STORIES = (
    Story(_CLIENT, "signs as docs/clients/openssl.md tells", recipe),
    Story(_CLIENT, "storeutl shows both certificates", certificates),
    *Command(_CLIENT, configuration).stories(),
)
