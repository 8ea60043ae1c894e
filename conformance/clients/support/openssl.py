"""What leads OpenSSL to the card, what it calls the objects there (RFC 7512), and its judgement of a signature."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.clients.support.client_environment import World
from conformance.testbed.documented_commands import TOKEN

# OpenSSL signs with PSS in TLS 1.2 whenever the server takes it, and does not ask what the token can.
_WITHOUT_PSS = """\
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
ClientSignatureAlgorithms = RSA+SHA256:RSA+SHA384:RSA+SHA512
"""


def configured(world: World, main: str) -> dict[str, str]:
    """The environment of a program with OpenSSL in it: ``main`` is what its main section says, and other sections."""
    path = world.directory / "openssl.cnf"
    without_pss = _WITHOUT_PSS if world.card.generation == "CPS3" else ""
    path.write_text(f"openssl_conf = main\n[main]\n{main}[main]\n{without_pss}")
    return {"OPENSSL_CONF": str(path)}


def address(world: World, label: str, kind: str) -> str:
    """The PKCS#11 URI of an object: ``private``, ``cert`` or ``public``; the code porteur comes from a file."""
    found = f"pkcs11:object={label.replace(' ', '%20').replace(chr(39), '%27')};type={kind}"
    return f"{found}?pin-source=file:{world.pin_file}" if kind == "private" else found


def play(world: World, script: str, env: Mapping[str, str] | None = None, *, fails: bool = False) -> str:
    """Runs commands of docs/clients, and types the code porteur when OpenSSL asks for it."""
    typed = f"{world.pin}\n"
    return world.run(
        "bash", "-euc", TOKEN + script, feed=typed, env={"MODULE": world.module, **(env or {})}, fails=fails
    )


def play_signing(world: World, script: str, env: Mapping[str, str] | None = None) -> None:
    """Runs commands of docs/clients that sign ``message`` with the authentication key, and verifies ``message.sig``."""
    play(world, script, env)
    message, signature = world.directory / "message", world.directory / "message.sig"
    verify(world, message, signature, world.authentication_certificate)


def verify(world: World, message: Path, signature: Path, certificate: bytes, *options: str) -> None:
    """Lets OpenSSL alone, without the card, judge a signature with the key of a certificate (DER)."""
    public = world.directory / "public.pem"
    issued = world.authority.file("judged.pem", certificate)
    public.write_text(world.run("openssl", "x509", "-in", issued, "-noout", "-pubkey"))
    world.run("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, *options, message)
