"""How OpenSSL finds the card: a configuration file with the engine of libp11 in it, and RFC 7512 addresses."""

from __future__ import annotations

from pathlib import Path

from conformance.peers.world import World

_ENGINE = """\
openssl_conf = main
[main]
engines = engines
ssl_conf = ssl
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = {module}
init = 0
[ssl]
system_default = tls
[tls]
"""
# The engine signs PSS with a raw RSA operation that a CPS3 does not have, and OpenSSL does not ask what the token can.
_WITHOUT_PSS = "ClientSignatureAlgorithms = RSA+SHA256:RSA+SHA384:RSA+SHA512\n"


def engine_configuration(world: World) -> dict[str, str]:
    """The environment that leads OpenSSL to the module through the engine ``pkcs11``."""
    path = world.directory / "openssl-engine.cnf"
    path.write_text(_ENGINE.format(module=world.module) + (_WITHOUT_PSS if world.card.generation == "CPS3" else ""))
    return {"OPENSSL_CONF": str(path)}


def address(world: World, label: str, kind: str) -> str:
    """The PKCS#11 URI of an object: ``private``, ``cert`` or ``public``; the code porteur comes from a file."""
    found = f"pkcs11:object={label.replace(' ', '%20').replace(chr(39), '%27')};type={kind}"
    return f"{found}?pin-source=file:{world.pin_file}" if kind == "private" else found


def verify(world: World, message: Path, signature: Path, certificate: bytes, *options: str) -> None:
    """Lets OpenSSL alone, without the card, judge a signature with the key of a certificate (DER)."""
    public = world.directory / "public.pem"
    issued = world.authority.file("judged.pem", certificate)
    public.write_text(world.run("openssl", "x509", "-in", issued, "-noout", "-pubkey"))
    world.run("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, *options, message)
