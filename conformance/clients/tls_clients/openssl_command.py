"""The command ``openssl`` with the keys of the card, through the engine of libp11 or through pkcs11-provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support import openssl_engine, openssl_provider
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.openssl import address
from conformance.testbed.cards import KeyNames


@dataclass(frozen=True, slots=True)
class Loader:
    """The way in which ``openssl`` loads the module."""

    name: str
    configuration: Callable[[ClientEnvironment], dict[str, str]]
    """The environment variables that it needs."""
    key_options: tuple[str, ...] = ()
    """The options in front of each key."""

    def __str__(self) -> str:
        return self.name


LOADERS = (
    Loader("engine", openssl_engine.configuration, ("-engine", "pkcs11", "-keyform", "engine")),
    Loader("provider", openssl_provider.configuration),
)


class OpenSsl:
    """The command, in the environment of a test."""

    def __init__(self, environment: ClientEnvironment, loader: Loader) -> None:
        self._environment = environment
        self._configuration = loader.configuration(environment)
        self.key_options = loader.key_options

    def run(self, *arguments: str | Path, stdin: str | None = None, fails: bool = False) -> str:
        return self._environment.run("openssl", *arguments, stdin=stdin, env=self._configuration, fails=fails)

    def key(self, keys: KeyNames, option: str) -> tuple[str, ...]:
        """The options that name a private key of the card."""
        return *self.key_options, option, address(self._environment, keys.private, "private")

    def sign(self, message: Path, keys: KeyNames, *options: str) -> Path:
        """Signs a file, and gives the file of the signature."""
        self.run(*self.signing(message, keys, *options))
        return self._signature

    def signing(self, message: Path, keys: KeyNames, *options: str) -> tuple[str | Path, ...]:
        """The arguments that sign a file."""
        return "dgst", "-sha256", *self.key(keys, "-sign"), *options, "-out", self._signature, message

    def decrypt(self, encrypted: Path, *, fails: bool = False) -> str:
        """Decrypts a CMS with the authentication key, and gives what was printed."""
        environment, keys = self._environment, self._environment.card.authentication
        recipient = environment.authority.file("recipient.pem", environment.authentication_certificate)
        return self.run(
            "cms", "-decrypt", "-inform", "DER", "-in", encrypted, "-recip", recipient, *self.key(keys, "-inkey"),
            fails=fails,
        )  # fmt: skip

    def visit(self, environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
        """A TLS login with ``openssl s_client``."""
        certificate = environment.authority.file("client.pem", environment.authentication_certificate)
        return self.run(
            "s_client", "-quiet", "-connect", f"{HOST}:{server.port}", "-CAfile", environment.authority.certificate,
            "-verify_return_error", "-verify_hostname", HOST, "-cert", certificate,
            *self.key(environment.card.authentication, "-key"),
            stdin=f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n", fails=fails,
        )  # fmt: skip

    @property
    def _signature(self) -> Path:
        return self._environment.directory / "message.sig"
