"""curl with the engine of libp11: a mail sent and read on servers that want the card's certificate."""

from __future__ import annotations

from conformance.clients.servers.mail_servers import MailServers
from conformance.clients.story import Story, expect
from conformance.clients.support.client_environment import World, eventually
from conformance.clients.support.curl import card_options, curl

_SUBJECT = "Compte rendu"
_TEXT = "Repos et grand air"


def mail(world: World) -> None:
    servers = MailServers(world)
    letter = world.directory / "letter"
    letter.write_text(f"From: {servers.address}\nTo: {servers.address}\nSubject: {_SUBJECT}\n\n{_TEXT}\n")
    card = card_options(world)
    sending = ("--mail-from", servers.address, "--mail-rcpt", servers.address, "--upload-file", letter)
    reading = ("--user", f"{servers.mailbox}:", "--login-options", "AUTH=EXTERNAL")

    curl(world, servers.smtp_url, *sending, fails=True)
    curl(world, servers.imap_url, *reading, fails=True)
    curl(world, servers.smtp_url, *sending, *card)
    received = eventually(lambda: servers.delivered(_SUBJECT), "a mail in the mailbox")
    expect(len(received) == 1 and servers.sent_with_card(received[0]), received[0].decode(errors="replace"))
    read = curl(world, f"{servers.imap_url}/INBOX;MAILINDEX=1", *reading, *card)
    expect(read.replace("\r\n", "\n").encode() == received[0], read)


STORIES = (Story("curl", "mail sent and read with the card's certificate", mail),)
