"""A mail service that wants the card's certificate, as MSSante does: dovecot for IMAP, postfix for SMTP.

IMAP (RFC 9051) takes the mailbox from the certificate, with SASL EXTERNAL (RFC 4422 appendix A); SMTP (RFC 5321)
accepts mail from the one certificate that belongs to the mailbox. Both speak TLS from the first byte (RFC 8314).
"""

from __future__ import annotations

import hashlib
import pwd
import shutil
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from conformance.clients.servers.authority import HOST
from conformance.clients.servers.mail_settings import write_settings
from conformance.clients.servers.ports import listens, reserved_port
from conformance.clients.support.client_environment import World, eventually
from conformance.clients.support.mount_namespace import privately

_PLACE = Path("/srv")  # an empty folder of every Debian, where both, under whatever user, find what is theirs
_OPENSSL = Path("/etc/ssl/openssl.cnf")  # dovecot has no setting for the highest version of TLS
_OWNER = pwd.getpwnam("mail")


class MailServers:
    """Both servers with one mailbox, the holder's, until the story ends.

    They speak TLS 1.3; with a CPS3, which cannot sign for it, TLS 1.2.
    """

    def __init__(self, world: World) -> None:
        certificate = x509.load_der_x509_certificate(world.authentication_certificate)
        self.mailbox = str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.address = names.get_values_for_type(x509.RFC822Name)[0]
        self.imap_port = reserved_port(world)
        self.smtp_port = reserved_port(world)
        self._directory = world.directory / "mail"
        self.imap_url = f"imaps://{HOST}:{self.imap_port}"
        self.smtp_url = f"smtps://{HOST}:{self.smtp_port}"
        self._furnish(world)
        places = {_PLACE: self._directory, _OPENSSL: self._directory / "openssl.cnf"}
        world.start(*privately(places, "dovecot", "-F", "-c", _PLACE / "dovecot.conf"))
        world.start(*privately(places, "postfix", "-c", _PLACE / "postfix", "start-fg"))
        eventually(lambda: listens(self.imap_port), "dovecot")
        eventually(lambda: listens(self.smtp_port), "postfix")

    def _furnish(self, world: World) -> None:
        self._directory.mkdir(mode=0o755)
        for folder, owner in {"run": "root", "queue": "root", "data": "postfix", "mailboxes": _OWNER.pw_name}.items():
            (self._directory / folder).mkdir(mode=0o755)
            shutil.chown(self._directory / folder, owner)
        shutil.copy(world.cards_authority, self._directory / "cards.pem")
        shutil.copy(world.authority.server_certificate, self._directory / "server.pem")
        shutil.copy(world.authority.server_key, self._directory / "server.key")
        values = {
            "place": _PLACE, "user": _OWNER.pw_name, "uid": _OWNER.pw_uid, "gid": _OWNER.pw_gid,
            "mailbox": self.mailbox, "address": self.address, "domain": self.address.partition("@")[2],
            "fingerprint": hashlib.sha256(world.authentication_certificate).digest().hex(":").upper(),
            "imap_port": self.imap_port, "smtp_port": self.smtp_port,
            "version": "TLSv1.2" if world.card.generation == "CPS3" else "TLSv1.3",
        }  # fmt: skip
        write_settings(self._directory, values)

    def delivered(self, subject: str) -> list[bytes]:
        """The mails of this subject in the mailbox, as they lie there."""
        wanted = f"\nSubject: {subject}\n".encode()
        inbox = self._directory / "mailboxes" / self.mailbox
        mails = (path.read_bytes() for folder in ("new", "cur") for path in inbox.glob(f"{folder}/*"))
        return [mail for mail in mails if wanted in mail]

    def sent_with_card(self, mail: bytes) -> bool:
        """Whether postfix noted on a mail that it came with the holder's certificate, verified."""
        return f'(Client CN "{self.mailbox}",'.encode() in mail and b"(verified OK)" in mail
