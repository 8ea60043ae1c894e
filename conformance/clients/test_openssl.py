"""What the command ``openssl`` does with the keys of the card, whatever leads it to the module: CMS is RFC 5652."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from conformance.clients.servers.authority import HOST
from conformance.clients.servers.web_server import WebServer
from conformance.clients.story import ByNature, Story, expect
from conformance.clients.support import openssl, tls
from conformance.clients.support.client_environment import World
from conformance.testbed.cards import WRONG_PIN, KeyNames

_TEXT = "Repos et grand air"
_PSS = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
_OAEP = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")


class Command:
    """One way from ``openssl`` to the module: the environment that it needs, and how a key there is announced."""

    def __init__(self, client: str, environment: Callable[[World], dict[str, str]], *announced: str) -> None:
        self._client = client
        self._environment = environment
        self._announced = announced

    def stories(self) -> tuple[Story, ...]:
        return (
            Story(self._client, "both keys sign, OpenSSL verifies", self.sign),
            Story(self._client, "a signature is verified with the public key on the card", self.verify),
            Story(self._client, "both keys sign with PSS, OpenSSL verifies", self.pss),
            Story(self._client, "CMS signed with the signature key, verified up to its authority", self.cms_sign),
            Story(self._client, "CMS encrypted to the card, and decrypted by it", self.cms_decrypt),
            Story(self._client, "CMS encrypted to the card with OAEP, and decrypted by it", self.cms_decrypt_oaep),
            Story(self._client, "certificate request for the authentication key", self.request),
            Story(self._client, "a wrong code is told and costs one try", self.wrong_code),
            *tls.stories(self._client, self._visit),
        )

    def sign(self, world: World) -> None:
        for keys in world.card.keys:
            message, signature = self._signed(world, keys)
            openssl.verify(world, message, signature, world.card.issued(keys))

    def verify(self, world: World) -> None:
        """By CKA_ID: the label of a public key is not the same on every card. What was not signed does not pass."""
        keys = world.card.authentication
        message, signature = self._signed(world, keys)
        public = f"pkcs11:id=%{keys.id.hex('%')};type=public"
        judged: tuple[str | Path, ...] = ("-verify", public, "-signature", signature, message)
        verifying = ("dgst", "-sha256", *self._announced, *judged)
        said = self._run(world, *verifying)
        expect("Verified OK" in said, said)
        message.write_text("Repos et grand vent")
        said = self._run(world, *verifying, fails=True)
        expect("Verification failure" in said, said)

    def pss(self, world: World) -> None:
        if world.card.generation == "CPS3":
            refusal = self._run(world, *self._signing(world, world.card.authentication, *_PSS), fails=True)
            expect("mechanism" in refusal.lower(), refusal)
            raise ByNature("this chip does not have RSA-PSS")
        for keys in world.card.keys:
            message, signature = self._signed(world, keys, *_PSS)
            openssl.verify(world, message, signature, world.card.issued(keys), *_PSS)

    def cms_sign(self, world: World) -> None:
        keys = world.card.signature
        message, signed = _message(world), world.directory / "signed.cms"
        signer = world.authority.file("signer.pem", world.card.issued(keys))
        self._run(
            world, "cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-in", message, "-outform", "DER",
            "-out", signed, "-signer", signer, *self._key(world, keys, "-inkey"),
        )  # fmt: skip
        said = world.run("openssl", "cms", "-verify", "-inform", "DER", "-in", signed, "-CAfile", world.cards_authority)
        expect(_TEXT in said and "Verification successful" in said, said)

    def cms_decrypt(self, world: World) -> None:
        said = self._decrypt(world, _sealed(world))
        expect(_TEXT in said, said)

    def cms_decrypt_oaep(self, world: World) -> None:
        sealed = _sealed(world, *_OAEP)
        if world.card.generation == "CPS3":
            refusal = self._decrypt(world, sealed, fails=True)
            expect("Error decrypting CMS structure" in refusal, refusal)
            raise ByNature("this chip does not have RSA-OAEP")
        said = self._decrypt(world, sealed)
        expect(_TEXT in said, said)

    def request(self, world: World) -> None:
        """`-config` would load the engine a second time: the minimal configuration comes from the environment."""
        request = world.directory / "request.pem"
        key = self._key(world, world.card.authentication, "-key")
        self._run(world, "req", "-new", "-sha256", "-subj", "/CN=Essai", "-out", request, *key)
        said = world.run("openssl", "req", "-in", request, "-verify", "-noout", "-subject")
        expect("self-signature verify OK" in said and "CN = Essai" in said, said)

    def wrong_code(self, world: World) -> None:
        world.pin_file.write_bytes(WRONG_PIN)
        said = self._run(world, *self._signing(world, world.card.authentication), fails=True)
        expect("Could not read private key" in said, said)
        expect(world.rig.pin_tries == 2, f"{world.rig.pin_tries} tries are left after one wrong code")

    def _visit(self, world: World, server: WebServer, *, fails: bool) -> str:
        keys = world.card.authentication
        return self._run(
            world, "s_client", "-quiet", "-connect", f"{HOST}:{server.port}", "-CAfile", world.authority.certificate,
            "-verify_return_error", "-verify_hostname", HOST,
            "-cert", world.authority.file("visitor.pem", world.card.issued(keys)), *self._key(world, keys, "-key"),
            feed=f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n", fails=fails,
        )  # fmt: skip

    def _signed(self, world: World, keys: KeyNames, *options: str) -> tuple[Path, Path]:
        """A message and its signature."""
        self._run(world, *self._signing(world, keys, *options))
        return _message(world), world.directory / "message.sig"

    def _signing(self, world: World, keys: KeyNames, *options: str) -> tuple[str | Path, ...]:
        key = self._key(world, keys, "-sign")
        return "dgst", "-sha256", *key, *options, "-out", world.directory / "message.sig", _message(world)

    def _decrypt(self, world: World, sealed: Path, *, fails: bool = False) -> str:
        keys = world.card.authentication
        recipient = world.authority.file("recipient.pem", world.card.issued(keys))
        return self._run(
            world, "cms", "-decrypt", "-inform", "DER", "-in", sealed, "-recip", recipient,
            *self._key(world, keys, "-inkey"), fails=fails,
        )  # fmt: skip

    def _key(self, world: World, keys: KeyNames, option: str) -> tuple[str, ...]:
        return *self._announced, option, openssl.address(world, keys.private, "private")

    def _run(self, world: World, *arguments: str | Path, feed: str | None = None, fails: bool = False) -> str:
        return world.run("openssl", *arguments, feed=feed, env=self._environment(world), fails=fails)


def _message(world: World) -> Path:
    message = world.directory / "message"
    message.write_text(_TEXT)
    return message


def _sealed(world: World, *options: str) -> Path:
    """The message, encrypted to the holder without the card."""
    sealed = world.directory / "sealed.cms"
    recipient = world.authority.file("recipient.pem", world.card.issued(world.card.authentication))
    world.run(
        "openssl", "cms", "-encrypt", "-binary", "-aes256", "-in", _message(world), "-outform", "DER", "-out", sealed,
        "-recip", recipient, *options,
    )  # fmt: skip
    return sealed
