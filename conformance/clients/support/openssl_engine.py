"""OpenSSL with the engine of libp11, Debian's libengine-pkcs11-openssl."""

from __future__ import annotations

from conformance.clients.story import Story
from conformance.clients.support.client_environment import World
from conformance.clients.support.openssl import configured, play_signing
from conformance.clients.test_openssl import Command
from conformance.testbed.documented_commands import blocks

_CLIENT = "OpenSSL engine"
_MAIN = """\
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = {module}
init = 0
"""


def configuration(world: World) -> dict[str, str]:
    """The environment that leads OpenSSL to the module through the engine ``pkcs11``."""
    return configured(world, _MAIN.format(module=world.module))


def recipe(world: World) -> None:
    (script,) = blocks("Engine", "sh", "docs/clients/openssl.md")
    play_signing(world, script)


STORIES = (
    Story(_CLIENT, "signs as docs/clients/openssl.md tells", recipe),
    *Command(_CLIENT, configuration, "-engine", "pkcs11", "-keyform", "engine").stories(),
)
