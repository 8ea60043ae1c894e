"""`cps status`: readers, cards, holders, tries left, certificates."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from cryptolib.cli.card_choice import no_reader
from cryptolib.cli.cards import Card, ModuleFailed, Reader, ReaderState, load, readers
from cryptolib.cli.certificates import Holder, explained_identifier, holder, validity_facts, validity_result
from cryptolib.cli.codes.lines import tries_lines
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.module import registered_path
from cryptolib.cli.options import NoOptions
from cryptolib.cli.output import Line
from cryptolib.cli.severity import Severity, worst
from cryptolib.cli.slots import pointed_slots, slot_result

# Another kind of card counts as no card.
_SEVERITIES = {
    ReaderState.UNKNOWN: Severity.INFO,
    ReaderState.MUTE: Severity.WARNING,
    ReaderState.BUSY: Severity.WARNING,
    ReaderState.UPDATE_FAILED: Severity.FAILURE,
    ReaderState.SILENT: Severity.FAILURE,
    ReaderState.FAULT: Severity.WARNING,
}

_WITH_ADVICE = (ReaderState.BUSY, ReaderState.UPDATE_FAILED, ReaderState.SILENT)


def run(context: Context, options: NoOptions) -> Exit:
    messages, output = context.messages, context.output
    module = registered_path()
    try:
        found = readers(load(module))
    except ModuleFailed as error:
        if context.json:
            output.json({"module": str(module), "error": str(error)})
        else:
            output.line(messages.text("status.module_failed", path=module, detail=error), Severity.FAILURE)
        return Exit.FAILURE
    now = datetime.now(UTC)
    if context.json:
        facts = [{**reader_facts(reader, now), "slot_list_index": index} for index, reader in enumerate(found)]
        output.json({"module": str(module), "readers": facts})
    elif not found:
        return no_reader().report(context)
    else:
        for reader in found:
            output.panel(messages.text("reader.title", name=reader.name), reader_lines(reader, messages, now))
        for slot in pointed_slots(found):
            line = slot_result(slot).line(messages)
            output.line(line.text, line.severity)
    return _exit(found, messages, now)


def _exit(found: list[Reader], messages: Messages, now: datetime) -> Exit:
    if not any(reader.card for reader in found):
        states = {reader.state for reader in found}
        if ReaderState.BUSY in states:
            return Exit.BUSY
        return Exit.FAILURE if ReaderState.UPDATE_FAILED in states else Exit.NO_CARD
    lines = [line for reader in found if reader.card for line in reader_lines(reader, messages, now)]
    return worst([line.severity for line in lines if line.severity])


def reader_lines(reader: Reader, messages: Messages, now: datetime) -> list[Line]:
    if reader.card is not None:
        return card_lines(reader.card, messages, now)
    text = messages.text(f"reader.{reader.state}", detail=reader.fault)
    advice = messages.text(f"advice.card.{reader.state}") if reader.state in _WITH_ADVICE else ""
    return [Line(messages.text("card.card"), text, _SEVERITIES.get(reader.state), advice)]


def card_lines(card: Card, messages: Messages, now: datetime) -> list[Line]:
    lines = [Line(messages.text("card.card"), messages.text("card.numbered", label=card.label, serial=card.serial))]
    person = card_holder(card)
    if person:
        lines.append(Line(messages.text("card.holder"), person.name))
        if person.profession:
            lines.append(Line(messages.text("card.profession"), person.profession))
        lines.append(Line(messages.text("card.identifier"), explained_identifier(person.identifier) or ""))
    lines += tries_lines(card, messages)
    entries = [each.entry for each in card.certificates]
    return lines + [validity_result(each, each.label, messages, now).line(messages) for each in entries]


def card_holder(card: Card) -> Holder | None:
    own = card.authentication_certificate
    return holder(own.entry.certificate) if own and own.entry.certificate else None


def reader_facts(reader: Reader, now: datetime) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": reader.name, "state": reader.state}
    if reader.fault:
        facts["fault"] = reader.fault
    if reader.card is not None:
        card, person = reader.card, card_holder(reader.card)
        facts["card"] = {
            "label": card.label,
            "serial": card.serial,
            "holder": asdict(person) if person else None,
            "code_porteur": card.code,
            "code_deblocage": card.unblocking,
            "certificates": [
                {"label": each.entry.label, "id": each.id.hex(), **validity_facts(each.entry, now)}
                for each in card.certificates
            ],
        }
    return facts
