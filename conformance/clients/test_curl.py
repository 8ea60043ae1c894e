"""curl with the engine of libp11: HTTPS, and mail on servers that want the card's certificate."""

from __future__ import annotations

import pytest

from conformance.clients.servers.mail_servers import MailServers
from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.tls_clients import tls
from conformance.clients.tls_clients.curl import card_options, curl, visit

pytestmark = pytest.mark.client("curl")

_SUBJECT = "Compte rendu"
_TEXT = "Repos et grand air"


@tls.each_version
def test_login(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, visit)


@pytest.mark.root
@pytest.mark.does("mail sent and read with the card's certificate")
def test_mail(client_environment: ClientEnvironment, mail_servers: MailServers) -> None:
    letter = client_environment.directory / "letter"
    letter.write_text(f"From: {mail_servers.address}\nTo: {mail_servers.address}\nSubject: {_SUBJECT}\n\n{_TEXT}\n")
    card = card_options(client_environment)
    sending = ("--mail-from", mail_servers.address, "--mail-rcpt", mail_servers.address, "--upload-file", letter)
    reading = ("--user", f"{mail_servers.mailbox}:", "--login-options", "AUTH=EXTERNAL")

    curl(client_environment, mail_servers.smtp_url, *sending, fails=True)
    curl(client_environment, mail_servers.imap_url, *reading, fails=True)
    curl(client_environment, mail_servers.smtp_url, *sending, *card)
    received = wait_until(lambda: mail_servers.delivered(_SUBJECT), "a mail in the mailbox")
    assert len(received) == 1 and mail_servers.sent_with_card(received[0]), received[0].decode(errors="replace")
    read = curl(client_environment, f"{mail_servers.imap_url}/INBOX;MAILINDEX=1", *reading, *card)
    assert read.replace("\r\n", "\n").encode() == received[0], read
