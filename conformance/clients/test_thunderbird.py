"""Thunderbird, headless, with a mail service that wants the card's certificate: MSSante, S/MIME (RFC 8551)."""

from __future__ import annotations

import hashlib
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from conformance.clients.browsers import marionette
from conformance.clients.browsers.marionette import Marionette
from conformance.clients.browsers.mozilla import Preferences, asked_of_user, type_code_when_asked, write_preferences
from conformance.clients.servers.mail_servers import MailServers
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.tls_clients import nss

pytestmark = pytest.mark.client("Thunderbird")

_PROGRAM = (Path(__file__).parent / "programs" / "thunderbird.js").read_text()
_PREFERENCES: Preferences = {
    **marionette.PREFERENCES,
    "app.donation.eoy.version.viewed": 999,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.shell.checkDefaultClient": False,
    "mailnews.start_page.enabled": False,
    "security.default_personal_cert": "Select Automatically",
}
_TEXT = "Repos et grand air"
_NOT_SECURED = "none"
_VALID = "SUCCESS"
_VALID_WITHOUT_ADDRESS = "VERIFY_CERT_WITHOUT_ADDRESS"


class Thunderbird:
    """The program with the account of the holder, from a new profile to the end of the test."""

    def __init__(self, environment: ClientEnvironment, servers: MailServers) -> None:
        self._environment = environment
        profile = environment.directory / "profile"
        nss.trust(environment, nss.make_database(environment, profile), environment.cards_authority, nss.MAIL)
        write_preferences(profile, _PREFERENCES)
        environment.start("thunderbird", "--headless", *marionette.OPTIONS, "--profile", profile)
        self._inside = Marionette(environment, profile)
        type_code_when_asked(self._inside, environment.pin)
        self._call("openAccount", {
            "name": "Cabinet d'essai", "address": servers.address, "mailbox": servers.mailbox,
            "host": HOST, "imapPort": servers.imap_port, "smtpPort": servers.smtp_port,
        })  # fmt: skip

    def choose_certificates(self) -> None:
        """Choose in the account: the signature key to sign, the authentication key to receive encrypted mail."""
        card = self._environment.card
        self._call("chooseCertificates", card.signature.certificate, card.authentication.certificate)

    def send(self, subject: str, **secured: bool) -> None:
        """To its own address."""
        self._call("sendMail", subject, _TEXT, secured)

    def read(self, subject: str) -> dict[str, str]:
        """What a reader of the mail sees."""
        seen: dict[str, str] = self._call("readMail", subject)
        assert seen["text"].endswith(_TEXT), str(seen)
        return seen

    def asked(self) -> list[str]:
        return asked_of_user(self._inside)

    def _call(self, function: str, *arguments: object) -> Any:
        return self._inside.run(f"{_PROGRAM}\nreturn await {function}(...arguments)", *arguments)


@pytest.mark.root
@pytest.mark.does("account opened, mail sent and read with the card's certificate")
def test_account(client_environment: ClientEnvironment, mail_servers: MailServers) -> None:
    program = Thunderbird(client_environment, mail_servers)
    program.send("Ordinaire")
    mail = _delivered(mail_servers, "Ordinaire")
    assert _TEXT.encode() in mail and mail_servers.sent_with_card(mail), mail.decode()
    seen = program.read("Ordinaire")
    assert (seen["signature"], seen["encryption"]) == (_NOT_SECURED, _NOT_SECURED), str(seen)
    _asked_once(program)


@pytest.mark.root
@pytest.mark.does("mail signed with the signature key")
def test_signed(client_environment: ClientEnvironment, mail_servers: MailServers) -> None:
    program = Thunderbird(client_environment, mail_servers)
    program.choose_certificates()
    program.send("Ordonnance", sign=True)
    _verify(client_environment, _delivered(mail_servers, "Ordonnance"))
    _signature_seen(client_environment, program.read("Ordonnance"))
    _asked_once(program)


@pytest.mark.root
@pytest.mark.does("mail encrypted to the authentication key and read back")
def test_encrypted(client_environment: ClientEnvironment, mail_servers: MailServers) -> None:
    """Thunderbird signs what it encrypts, too."""
    program = Thunderbird(client_environment, mail_servers)
    program.choose_certificates()
    program.send("Resultats", encrypt=True)
    _envelope(client_environment, _delivered(mail_servers, "Resultats"))
    seen = program.read("Resultats")
    assert seen["encryption"] == _VALID, str(seen)
    _signature_seen(client_environment, seen)
    _asked_once(program)


def _delivered(servers: MailServers, subject: str) -> bytes:
    mails = wait_until(lambda: servers.delivered(subject), "a mail in the mailbox")
    assert len(mails) == 1, f"{len(mails)} mails"
    return mails[0]


def _asked_once(program: Thunderbird) -> None:
    asked = program.asked()
    assert len(asked) == 1 and "authenticate to the security device" in asked[0], str(asked)


def _verify(environment: ClientEnvironment, mail: bytes) -> None:
    """OpenSSL verifies the signature, and that it is by the signature key."""
    kept, signer, content = (environment.artefacts / name for name in ("signed.eml", "signer.pem", "content.eml"))
    kept.write_bytes(mail)
    authority = ("-CAfile", environment.cards_authority)
    environment.run("openssl", "cms", "-verify", "-in", kept, *authority, "-signer", signer, "-out", content)
    said = message_from_bytes(content.read_bytes(), policy=default).get_content()
    assert said.strip() == _TEXT, said
    by = load_pem_x509_certificate(signer.read_bytes())
    assert by == load_der_x509_certificate(environment.card.issued(environment.card.signature)), (
        f"signed by {by.serial_number:x}"
    )


def _signature_seen(environment: ClientEnvironment, seen: dict[str, str]) -> None:
    """The certificate of the signature key has no address that Thunderbird could compare with the sender's."""
    assert seen["signature"] == _VALID_WITHOUT_ADDRESS, str(seen)
    assert seen["signer"] == _fingerprint(environment.card.issued(environment.card.signature)), str(seen)


def _envelope(environment: ClientEnvironment, mail: bytes) -> None:
    """OpenSSL finds an envelope (RFC 5652 clause 6) that the authentication key opens, and no other."""
    kept = environment.artefacts / "encrypted.eml"
    kept.write_bytes(mail)
    printed = environment.run("openssl", "cms", "-cmsout", "-print", "-in", kept)
    serial = load_der_x509_certificate(environment.authentication_certificate).serial_number
    assert "pkcs7-envelopedData" in printed, printed
    recipients = [line.split()[-1] for line in printed.splitlines() if "serialNumber:" in line]
    assert set(recipients) == {str(serial)}, printed


def _fingerprint(certificate: bytes) -> str:
    """As Thunderbird writes it."""
    return hashlib.sha256(certificate).digest().hex(":").upper()
