"""Thunderbird, headless, with a mail service that wants the card's certificate: MSSante, S/MIME (RFC 8551)."""

from __future__ import annotations

import hashlib
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from conformance.clients.browsers import marionette
from conformance.clients.browsers.marionette import Marionette
from conformance.clients.browsers.mozilla import Preferences, asked_of_user, type_code_when_asked, write_preferences
from conformance.clients.servers.authority import HOST
from conformance.clients.servers.mail_servers import MailServers
from conformance.clients.story import Story, expect
from conformance.clients.support import nss
from conformance.clients.support.client_environment import World, eventually

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
    """The program with the account of the holder, from a new profile to the end of the story."""

    def __init__(self, world: World, servers: MailServers) -> None:
        self._world = world
        profile = world.directory / "profile"
        nss.trust(world, nss.make_database(world, profile), world.cards_authority, nss.MAIL)
        write_preferences(profile, _PREFERENCES)
        world.start("thunderbird", "--headless", *marionette.OPTIONS, "--profile", profile)
        self._inside = Marionette(world, profile)
        type_code_when_asked(self._inside, world.pin)
        self._tell("openAccount", {
            "name": "Cabinet d'essai", "address": servers.address, "mailbox": servers.mailbox,
            "host": HOST, "imapPort": servers.imap_port, "smtpPort": servers.smtp_port,
        })  # fmt: skip

    def choose_certificates(self) -> None:
        """In the settings of the account: sign with the signature key, be written to with the authentication key."""
        card = self._world.card
        self._tell("chooseCertificates", card.signature.certificate, card.authentication.certificate)

    def send(self, subject: str, **secured: bool) -> None:
        """To its own address."""
        self._tell("sendMail", subject, _TEXT, secured)

    def read(self, subject: str) -> dict[str, str]:
        """What the reader of the mail sees."""
        seen: dict[str, str] = self._tell("readMail", subject)
        expect(seen["text"].endswith(_TEXT), str(seen))
        return seen

    def asked(self) -> list[str]:
        return asked_of_user(self._inside)

    def _tell(self, function: str, *arguments: object) -> Any:
        return self._inside.run(f"{_PROGRAM}\nreturn await {function}(...arguments)", *arguments)


def account(world: World) -> None:
    servers = MailServers(world)
    program = Thunderbird(world, servers)
    program.send("Ordinaire")
    mail = _delivered(servers, "Ordinaire")
    expect(_TEXT.encode() in mail and servers.sent_with_card(mail), mail.decode())
    seen = program.read("Ordinaire")
    expect((seen["signature"], seen["encryption"]) == (_NOT_SECURED, _NOT_SECURED), str(seen))
    _asked_once(program)


def signed(world: World) -> None:
    servers = MailServers(world)
    program = Thunderbird(world, servers)
    program.choose_certificates()
    program.send("Ordonnance", sign=True)
    _verify(world, _delivered(servers, "Ordonnance"))
    _signature_seen(world, program.read("Ordonnance"))
    _asked_once(program)


def encrypted(world: World) -> None:
    """Thunderbird signs what it encrypts, too."""
    servers = MailServers(world)
    program = Thunderbird(world, servers)
    program.choose_certificates()
    program.send("Resultats", encrypt=True)
    _envelope(world, _delivered(servers, "Resultats"))
    seen = program.read("Resultats")
    expect(seen["encryption"] == _VALID, str(seen))
    _signature_seen(world, seen)
    _asked_once(program)


def _delivered(servers: MailServers, subject: str) -> bytes:
    mails = eventually(lambda: servers.delivered(subject), "a mail in the mailbox")
    expect(len(mails) == 1, f"{len(mails)} mails")
    return mails[0]


def _asked_once(program: Thunderbird) -> None:
    asked = program.asked()
    expect(len(asked) == 1 and "authenticate to the security device" in asked[0], str(asked))


def _verify(world: World, mail: bytes) -> None:
    """OpenSSL judges the signature, and that it is by the signature key."""
    kept, signer, content = (world.artefacts / name for name in ("signed.eml", "signer.pem", "content.eml"))
    kept.write_bytes(mail)
    authority = ("-CAfile", world.cards_authority)
    world.run("openssl", "cms", "-verify", "-in", kept, *authority, "-signer", signer, "-out", content)
    said = message_from_bytes(content.read_bytes(), policy=default).get_content()
    expect(said.strip() == _TEXT, said)
    by = load_pem_x509_certificate(signer.read_bytes())
    expect(by == load_der_x509_certificate(world.card.issued(world.card.signature)), f"signed by {by.serial_number:x}")


def _signature_seen(world: World, seen: dict[str, str]) -> None:
    """The certificate of the signature key has no address that Thunderbird could compare with the sender's."""
    expect(seen["signature"] == _VALID_WITHOUT_ADDRESS, str(seen))
    expect(seen["signer"] == _fingerprint(world.card.issued(world.card.signature)), str(seen))


def _envelope(world: World, mail: bytes) -> None:
    """OpenSSL finds an envelope (RFC 5652 clause 6) that the authentication key opens, and no other."""
    kept = world.artefacts / "encrypted.eml"
    kept.write_bytes(mail)
    printed = world.run("openssl", "cms", "-cmsout", "-print", "-in", kept)
    serial = load_der_x509_certificate(world.authentication_certificate).serial_number
    expect("pkcs7-envelopedData" in printed, printed)
    recipients = [line.split()[-1] for line in printed.splitlines() if "serialNumber:" in line]
    expect(set(recipients) == {str(serial)}, printed)


def _fingerprint(certificate: bytes) -> str:
    """As Thunderbird writes it."""
    return hashlib.sha256(certificate).digest().hex(":").upper()


STORIES = (
    Story("Thunderbird", "account opened, mail sent and read with the card's certificate", account),
    Story("Thunderbird", "mail signed with the signature key", signed),
    Story("Thunderbird", "mail encrypted to the authentication key and read back", encrypted),
)
