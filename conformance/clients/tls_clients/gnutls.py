"""GnuTLS: the objects of the card as its tools name them, and a TLS login with gnutls-cli."""

from __future__ import annotations

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.cards import KeyNames


def address(keys: KeyNames, kind: str = "private") -> str:
    """The URI of an object by CKA_ID, which a private key shares with its public key and certificate."""
    return f"pkcs11:id={''.join(f'%{byte:02X}' for byte in keys.id)};type={kind}"


def visit(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
    keys = environment.card.authentication
    return environment.run(
        "gnutls-cli", "--provider", environment.module, "--x509cafile", environment.authority.certificate,
        "--x509certfile", address(keys, "cert"), "--x509keyfile", address(keys), "--port", str(server.port), HOST,
        stdin=f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n", env={"GNUTLS_PIN": environment.pin}, fails=fails,
    )  # fmt: skip
