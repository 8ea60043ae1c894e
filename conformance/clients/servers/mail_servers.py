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

from conformance.clients.servers.mail_settings import write_settings
from conformance.clients.servers.ports import listens, reserved_port
from conformance.clients.servers.web_server import TLS_1_2, TLS_1_3, TlsMode
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.mount_namespace import in_mount_namespace

_ROOT = Path("/srv")  # an empty folder of every Debian, where both, under whatever user, find what is theirs
_OPENSSL = Path("/etc/ssl/openssl.cnf")  # dovecot has no setting for the highest version of TLS
_VERSIONS = {TLS_1_2: "TLSv1.2", TLS_1_3: "TLSv1.3"}
_OWNER = pwd.getpwnam("mail")


class MailServers:
    """Both servers with one mailbox, the holder's, until the test ends."""

    def __init__(self, environment: ClientEnvironment, mode: TlsMode) -> None:
        certificate = x509.load_der_x509_certificate(environment.authentication_certificate)
        self.mailbox = str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.address = names.get_values_for_type(x509.RFC822Name)[0]
        self.imap_port = reserved_port(environment)
        self.smtp_port = reserved_port(environment)
        self._directory = environment.directory / "mail"
        self.imap_url = f"imaps://{HOST}:{self.imap_port}"
        self.smtp_url = f"smtps://{HOST}:{self.smtp_port}"
        self._write_files(environment, mode)
        mounts = {_ROOT: self._directory, _OPENSSL: self._directory / "openssl.cnf"}
        environment.start(*in_mount_namespace(mounts, "dovecot", "-F", "-c", _ROOT / "dovecot.conf"))
        environment.start(*in_mount_namespace(mounts, "postfix", "-c", _ROOT / "postfix", "start-fg"))
        wait_until(lambda: listens(self.imap_port), "dovecot")
        wait_until(lambda: listens(self.smtp_port), "postfix")

    def _write_files(self, environment: ClientEnvironment, mode: TlsMode) -> None:
        self._directory.mkdir(mode=0o755)
        for folder, owner in {"run": "root", "queue": "root", "data": "postfix", "mailboxes": _OWNER.pw_name}.items():
            (self._directory / folder).mkdir(mode=0o755)
            shutil.chown(self._directory / folder, owner)
        shutil.copy(environment.cards_authority, self._directory / "cards.pem")
        shutil.copy(environment.authority.server_certificate, self._directory / "server.pem")
        shutil.copy(environment.authority.server_key, self._directory / "server.key")
        values = {
            "root": _ROOT, "user": _OWNER.pw_name, "uid": _OWNER.pw_uid, "gid": _OWNER.pw_gid,
            "mailbox": self.mailbox, "address": self.address, "domain": self.address.partition("@")[2],
            "fingerprint": hashlib.sha256(environment.authentication_certificate).digest().hex(":").upper(),
            "imap_port": self.imap_port, "smtp_port": self.smtp_port,
            "version": _VERSIONS[mode],
        }  # fmt: skip
        write_settings(self._directory, values)

    def delivered(self, subject: str) -> list[bytes]:
        """The mails of this subject in the mailbox, as they are stored."""
        wanted = f"\nSubject: {subject}\n".encode()
        inbox = self._directory / "mailboxes" / self.mailbox
        mails = (path.read_bytes() for folder in ("new", "cur") for path in inbox.glob(f"{folder}/*"))
        return [mail for mail in mails if wanted in mail]

    def sent_with_card(self, mail: bytes) -> bool:
        """True if postfix noted on the mail that it came with the holder's verified certificate."""
        return f'(Client CN "{self.mailbox}",'.encode() in mail and b"(verified OK)" in mail
