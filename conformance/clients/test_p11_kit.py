"""p11-kit: the module among those that a user registered, and behind the proxy that stands for all of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from conformance.clients.story import Story, expect
from conformance.clients.support.client_environment import World
from conformance.clients.support.openssl import verify
from conformance.testbed.documented_commands import blocks

_CLIENT = "p11-kit"
_PROGRAM = Path(__file__).parent / "programs" / "use_proxy_and_module.py"
# p11-kit does not look at what root registered: root plays somebody else.
_AS_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--") if os.geteuid() == 0 else ()


def register(world: World) -> None:
    """GnuTLS then finds the card without being told of any module."""
    listed = _register(world)
    for line in (f"cryptolib-cps: {world.module}", "library-manufacturer: Cryptolib CPS", f"token: {_token(world)}"):
        expect(line in listed, listed)
    address = (
        f"pkcs11:token={_token(world).replace(' ', '%20')};id=%{world.card.authentication.id.hex('%')};type=private"
    )
    said = world.run(*_AS_USER, "p11tool", "--login", "--test-sign", address, env={"GNUTLS_PIN": world.pin})
    expect(said.count("... ok\n") == 3, said)


def proxy(world: World) -> None:
    _register(world, alone=True)
    message, signature = world.directory / "message", world.directory / "message.sig"
    message.write_text("Repos et grand air")
    for keys in world.card.keys:
        world.run(
            *_AS_USER, "pkcs11-tool", "--module", _proxy(), "--token-label", _token(world),
            "--login", "--pin", "env:CPS_PIN", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", keys.id.hex(),
            "--input-file", message, "--output-file", signature, env={"CPS_PIN": world.pin},
        )  # fmt: skip
        verify(world, message, signature, world.card.issued(keys))


def both(world: World) -> None:
    _register(world, alone=True)
    typed = "\n".join((world.module, str(_proxy()), world.pin, ""))
    said = world.run(*_AS_USER, sys.executable, "-P", _PROGRAM, feed=typed)
    expect(said == "served both ways\n", said)


def _register(world: World, *, alone: bool = False) -> str:
    """As docs/clients/p11-kit.md tells; ``alone``: without OpenSC's module, which sees a token in a CPS3, too."""
    if alone:
        settings = world.home / ".config" / "pkcs11" / "pkcs11.conf"
        settings.parent.mkdir(parents=True)
        settings.write_text("user-config: only\n")
    (script,) = blocks("Register the module", "sh", "docs/clients/p11-kit.md")
    return world.run(*_AS_USER, "bash", "-euc", script, env={"MODULE": world.module})


def _proxy() -> Path:
    (found,) = Path("/usr/lib").glob("*/p11-kit-proxy.so")
    return found


def _token(world: World) -> str:
    return f"{world.card.generation} VIRTUELLE"


STORIES = (
    Story(_CLIENT, "a registered module is found by GnuTLS", register),
    Story(_CLIENT, "both keys sign through the proxy, OpenSSL verifies", proxy),
    Story(_CLIENT, "one process uses the module directly and through the proxy", both),
)
