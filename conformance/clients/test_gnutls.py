"""GnuTLS: its p11tool, and a TLS login with gnutls-cli; wget, Exim and CUPS are built on it."""

from __future__ import annotations

from conformance.clients.servers.authority import HOST
from conformance.clients.servers.web_server import WebServer
from conformance.clients.story import ByNature, Story, expect
from conformance.clients.support import tls
from conformance.clients.support.client_environment import World
from conformance.testbed.cards import WRONG_PIN, KeyNames

_CLIENT = "GnuTLS"
_PSS = ("--sign-params=RSA-PSS", "--hash=SHA256")


def objects(world: World) -> None:
    listed = _p11tool(world, "--login", "--list-all")
    names = {name for keys in world.card.keys for name in (keys.private, keys.certificate, keys.public)}
    for name in names | world.card.public_data | world.card.private_data:
        expect(f"Label: {name}\n" in listed, f"{name} is missing\n{listed}")


def wrong_code(world: World) -> None:
    said = world.run(
        "p11tool", "--provider", world.module, "--login", "--list-privkeys",
        env={"GNUTLS_PIN": WRONG_PIN.decode()}, fails=True,
    )  # fmt: skip
    expect("Wrong PIN has been provided" in said and "Only few tries left" in said, said)
    expect(world.rig.pin_tries == 2, f"{world.rig.pin_tries} tries are left after one wrong code")


def sign(world: World) -> None:
    for keys in world.card.keys:
        _test_sign(world, keys)


def pss(world: World) -> None:
    if world.card.generation == "CPS3":
        refusal = _p11tool(world, "--login", *_PSS, "--test-sign", _address(world.card.authentication), fails=True)
        expect("The signature algorithm is not supported" in refusal, refusal)
        raise ByNature("this chip does not have RSA-PSS")
    for keys in world.card.keys:
        _test_sign(world, keys, *_PSS)


def _test_sign(world: World, keys: KeyNames, *options: str) -> None:
    """p11tool signs, and verifies with both public keys that it finds; what it did not find it only says."""
    said = _p11tool(world, "--login", *options, "--test-sign", _address(keys))
    expect(said.count("... ok\n") == 3, said)


def visit(world: World, server: WebServer, *, fails: bool) -> str:
    keys = world.card.authentication
    return world.run(
        "gnutls-cli", "--provider", world.module, "--x509cafile", world.authority.certificate,
        "--x509certfile", _address(keys, "cert"), "--x509keyfile", _address(keys), "--port", str(server.port), HOST,
        feed=f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n", env={"GNUTLS_PIN": world.pin}, fails=fails,
    )  # fmt: skip


def _p11tool(world: World, *arguments: str, fails: bool = False) -> str:
    return world.run("p11tool", "--provider", world.module, *arguments, env={"GNUTLS_PIN": world.pin}, fails=fails)


def _address(keys: KeyNames, kind: str = "private") -> str:
    """By CKA_ID, which leads from a private key to its public key and certificate."""
    return f"pkcs11:id={''.join(f'%{byte:02X}' for byte in keys.id)};type={kind}"


STORIES = (
    Story(_CLIENT, "p11tool lists every object of the card", objects),
    Story(_CLIENT, "a wrong code is told and costs one try", wrong_code),
    Story(_CLIENT, "p11tool signs with both keys, and verifies", sign),
    Story(_CLIENT, "p11tool signs with both keys and PSS, and verifies", pss),
    *tls.stories(_CLIENT, visit),
)
