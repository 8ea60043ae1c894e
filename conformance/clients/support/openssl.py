"""OpenSSL: its configuration for the card, the URIs of objects (RFC 7512), the verification of signatures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.documented_commands import TOKEN

# OpenSSL signs with PSS in TLS 1.2 whenever the server takes it, and does not ask what the token can.
_WITHOUT_PSS = """\
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
ClientSignatureAlgorithms = RSA+SHA256:RSA+SHA384:RSA+SHA512
"""


def configured(environment: ClientEnvironment, main: str) -> dict[str, str]:
    """The environment of a program with OpenSSL in it: ``main`` is what its main section says, and other sections."""
    path = environment.directory / "openssl.cnf"
    without_pss = _WITHOUT_PSS if not environment.card.has_pss else ""
    path.write_text(f"openssl_conf = main\n[main]\n{main}[main]\n{without_pss}")
    return {"OPENSSL_CONF": str(path)}


def address(environment: ClientEnvironment, label: str, kind: str) -> str:
    """The PKCS#11 URI of an object: ``private``, ``cert`` or ``public``.

    The code porteur comes from a file, unless the reader has a keypad.
    """
    found = f"pkcs11:object={label.replace(' ', '%20').replace(chr(39), '%27')};type={kind}"
    return f"{found}?pin-source=file:{environment.pin_file}" if kind == "private" and not environment.pinpad else found


def run_documented(
    environment: ClientEnvironment,
    script: str,
    env: Mapping[str, str] | None = None,
    *,
    code: str | None = None,
    fails: bool = False,
) -> str:
    """Runs commands of docs/clients, and types the code porteur when OpenSSL asks for it."""
    settings = {"MODULE": environment.module, **(env or {})}
    typed = f"{code or environment.pin}\n"
    return environment.run("bash", "-euc", TOKEN + script, stdin=typed, env=settings, fails=fails)


def sign_as_documented(environment: ClientEnvironment, script: str, env: Mapping[str, str] | None = None) -> None:
    """Runs commands of docs/clients that sign ``message`` with the authentication key, and verifies ``message.sig``."""
    run_documented(environment, script, env)
    message, signature = environment.directory / "message", environment.directory / "message.sig"
    verify(environment, message, signature, environment.authentication_certificate)


def verify(environment: ClientEnvironment, message: Path, signature: Path, certificate: bytes, *options: str) -> None:
    """Lets OpenSSL alone, without the card, verify a signature with the key of a certificate (DER)."""
    public = environment.directory / "public.pem"
    issued = environment.authority.file("signer.pem", certificate)
    public.write_text(environment.run("openssl", "x509", "-in", issued, "-noout", "-pubkey"))
    environment.run("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, *options, message)
