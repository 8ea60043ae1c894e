"""The command ``openssl`` with the keys of the card, through an engine and a provider: signatures, CMS (RFC 5652),
TLS.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support import openssl, openssl_provider
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.tls_clients import tls
from conformance.clients.tls_clients.openssl_command import LOADERS, Loader, OpenSsl
from conformance.testbed.cards import WRONG_PIN, Card
from conformance.testbed.documented_commands import blocks
from conformance.virtual_card.identity import pem

pytestmark = pytest.mark.client("OpenSSL {loader}")

_TEXT = "Repos et grand air"
_PSS = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
_OAEP = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")


@pytest.fixture(params=LOADERS, ids=str)
def loader(request: pytest.FixtureRequest) -> Loader:
    """The loader of the module: engine or provider."""
    found: Loader = request.param
    return found


@pytest.fixture
def command(client_environment: ClientEnvironment, loader: Loader) -> OpenSsl:
    return OpenSsl(client_environment, loader)


@pytest.fixture
def message(client_environment: ClientEnvironment) -> Path:
    path = client_environment.directory / "message"
    path.write_text(_TEXT)
    return path


@pytest.mark.does("signs as in docs/clients/openssl.md")
def test_the_documented_commands_work(client_environment: ClientEnvironment, loader: Loader) -> None:
    (script,) = blocks(str(loader).capitalize(), "sh", "docs/clients/openssl.md")
    modules = {"OPENSSL_MODULES": str(openssl_provider.provider().parent)} if str(loader) == "provider" else None
    openssl.sign_as_documented(client_environment, script, modules)


@pytest.mark.does("storeutl shows both certificates")
@pytest.mark.parametrize("loader", [each for each in LOADERS if str(each) == "provider"], ids=str)
def test_certificates(client_environment: ClientEnvironment, card: Card, command: OpenSsl) -> None:
    for keys in card.keys:
        said = command.run("storeutl", "-certs", openssl.address(client_environment, keys.certificate, "cert"))
        assert pem(card.issued(keys)) in said, said


@pytest.mark.does("both keys sign, OpenSSL verifies")
def test_sign(client_environment: ClientEnvironment, card: Card, command: OpenSsl, message: Path) -> None:
    for keys in card.keys:
        openssl.verify(client_environment, message, command.sign(message, keys), card.issued(keys))


@pytest.mark.does("a signature is verified with the public key on the card")
def test_verify(card: Card, command: OpenSsl, message: Path) -> None:
    """By CKA_ID: the label of a public key is not the same on every card. What was not signed does not pass."""
    signature = command.sign(message, card.authentication)
    public = f"pkcs11:id=%{card.authentication.id.hex('%')};type=public"
    verifying: tuple[str | Path, ...] = ("-verify", public, "-signature", signature, message)
    said = command.run("dgst", "-sha256", *command.key_options, *verifying)
    assert "Verified OK" in said, said
    message.write_text("Repos et grand vent")
    said = command.run("dgst", "-sha256", *command.key_options, *verifying, fails=True)
    assert "Verification failure" in said, said


@pytest.mark.does("both keys sign with PSS, OpenSSL verifies")
def test_pss(client_environment: ClientEnvironment, card: Card, command: OpenSsl, message: Path) -> None:
    if card.has_pss:
        for keys in card.keys:
            signature = command.sign(message, keys, *_PSS)
            openssl.verify(client_environment, message, signature, card.issued(keys), *_PSS)
        return
    refusal = command.run(*command.signing(message, card.authentication, *_PSS), fails=True)
    assert "mechanism" in refusal.lower(), refusal
    client_environment.not_supported_by_card("this chip does not have RSA-PSS")


@pytest.mark.does("CMS signed with the signature key, verified up to its authority")
def test_cms_sign(client_environment: ClientEnvironment, card: Card, command: OpenSsl, message: Path) -> None:
    signed = client_environment.directory / "signed.cms"
    signer = client_environment.authority.file("signer.pem", card.issued(card.signature))
    command.run(
        "cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-in", message, "-outform", "DER", "-out", signed,
        "-signer", signer, *command.key(card.signature, "-inkey"),
    )  # fmt: skip
    verifying = ("cms", "-verify", "-inform", "DER", "-in", signed, "-CAfile", client_environment.cards_authority)
    said = client_environment.run("openssl", *verifying)
    assert _TEXT in said and "Verification successful" in said, said


@pytest.mark.does("CMS encrypted to the card, and decrypted by it")
def test_cms_decrypt(client_environment: ClientEnvironment, command: OpenSsl, message: Path) -> None:
    said = command.decrypt(_encrypt(client_environment, message))
    assert _TEXT in said, said


@pytest.mark.does("CMS encrypted to the card with OAEP, and decrypted by it")
def test_cms_decrypt_oaep(client_environment: ClientEnvironment, card: Card, command: OpenSsl, message: Path) -> None:
    encrypted = _encrypt(client_environment, message, *_OAEP)
    if card.has_oaep:
        said = command.decrypt(encrypted)
        assert _TEXT in said, said
        return
    refusal = command.decrypt(encrypted, fails=True)
    assert "Error decrypting CMS structure" in refusal, refusal
    client_environment.not_supported_by_card("this chip does not have RSA-OAEP")


@pytest.mark.does("certificate request for the authentication key")
def test_request(client_environment: ClientEnvironment, card: Card, command: OpenSsl) -> None:
    """`-config` would load the engine a second time: the minimal configuration comes from the environment."""
    request = client_environment.directory / "request.pem"
    key = command.key(card.authentication, "-key")
    command.run("req", "-new", "-sha256", "-subj", "/CN=Essai", "-out", request, *key)
    said = client_environment.run("openssl", "req", "-in", request, "-verify", "-noout", "-subject")
    assert "self-signature verify OK" in said and "CN = Essai" in said, said


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, card: Card, command: OpenSsl, message: Path) -> None:
    client_environment.pin_file.write_bytes(WRONG_PIN)
    said = command.run(*command.signing(message, card.authentication), fails=True)
    assert "Could not read private key" in said, said
    assert client_environment.rig.pin_tries == 2


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer, command: OpenSsl) -> None:
    tls.check_login(client_environment, web_server, command.visit)


def _encrypt(environment: ClientEnvironment, message: Path, *options: str) -> Path:
    """The message, encrypted to the holder without the card."""
    encrypted = environment.directory / "encrypted.cms"
    recipient = environment.authority.file("recipient.pem", environment.authentication_certificate)
    environment.run(
        "openssl", "cms", "-encrypt", "-binary", "-aes256", "-in", message, "-outform", "DER", "-out", encrypted,
        "-recip", recipient, *options,
    )  # fmt: skip
    return encrypted
