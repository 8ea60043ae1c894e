"""The files of the support archive, with personal data removed."""

from __future__ import annotations

import json
import os
import pwd
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pkcs11.exceptions import PKCS11Error

from cryptolib.cli.browsers.command import facts as target_facts
from cryptolib.cli.browsers.states import states, states_for_user
from cryptolib.cli.browsers.targets import of_machine
from cryptolib.cli.cards import Card
from cryptolib.cli.contents import contents
from cryptolib.cli.diagnosis.chain import Chain, examine
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.pcsc_service import pcsc_readers
from cryptolib.cli.report import sources
from cryptolib.cli.report.redaction import Redaction, without_data
from cryptolib.cli.status import reader_facts

_NOT_TELLING = {"root", "localhost"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive; `key` is the message that describes it."""

    name: str
    key: str
    text: str


def entries(messages: Messages) -> list[Entry]:
    """Collect all files. Asks for no code."""
    chain = examine(messages)
    redact = Redaction(private_words(chain), messages.text("report.mark"))
    home = str(Path.home())
    gathered = [*_of_chain(chain, messages), *_of_machine(chain), *_of_traces()]
    return [Entry(each.name, each.key, redact(_without_home(each.text, home))) for each in gathered if each.text]


def private_words(chain: Chain) -> set[str]:
    """The words to remove: what the cards say of their holders, and the names of the user and the machine."""
    words = {pwd.getpwuid(os.getuid()).pw_name, socket.gethostname()} - _NOT_TELLING
    for each in chain.readers:
        if each.card is not None:
            words |= _of_card(each.card)
    return words


def _of_card(card: Card) -> set[str]:
    try:
        with card.token.open() as session:
            held = contents(card, session)
    except PKCS11Error:  # removed meanwhile: its certificates have been read
        held = contents(card, None)
    said = [card.serial, held.number, held.national_identifier]
    subjects = [each.certificate.subject for each in held.certificates if each.certificate]
    kinds = ("CN", "SN", "GN", "O", "OU", "L", "ST", "pseudonym", "serialNumber", "UID", "emailAddress")
    said += [text for subject in subjects for kind in kinds for text in subject.all(kind)]
    said += [each.certificate.serial_number.upper() for each in held.certificates if each.certificate]
    if held.name:
        said += [
            held.name.birth_name,
            held.name.used_name,
            held.name.usual_given_name,
            *(held.name.given_names or ()),
        ]
    if held.holder:
        said += [held.holder.practice_name, held.holder.identifier]
    return {word for word in said if word}


def _of_chain(chain: Chain, messages: Messages) -> Iterator[Entry]:
    now = datetime.now(UTC)
    yield Entry("diagnosis.json", "report.diagnosis", _json([each.facts(messages) for each in chain.results]))
    yield Entry("cards.json", "report.cards", _json([reader_facts(each, now) for each in chain.readers]))


def _of_machine(chain: Chain) -> Iterator[Entry]:
    yield Entry("versions.json", "report.versions", _json({"time": datetime.now(UTC), **sources.versions()}))
    yield Entry("readers.json", "report.readers", _json(pcsc_readers()))
    yield Entry("pcscd.txt", "report.pcscd", sources.services())
    machine = states(of_machine(Path("/")), chain.module)
    found = {"user": states_for_user(chain.module), "machine": machine}
    browsers = {scope: [target_facts(each) for each in targets] for scope, targets in found.items()}
    yield Entry("browsers.json", "report.browsers", _json({"module": chain.module, **browsers}))
    yield Entry("p11-kit.txt", "report.p11_kit", sources.other_modules())
    yield Entry("settings.txt", "report.settings", sources.settings())


def _of_traces() -> Iterator[Entry]:
    for name, text in sources.traces():
        yield Entry(f"traces/{name}", "report.trace", without_data(text))


def _without_home(text: str, home: str) -> str:
    return text.replace(home, "~") if len(home) > 1 else text


def _json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2, default=str) + "\n"
