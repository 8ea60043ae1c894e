"""`cps status`: readers, cards, their holder, tries left, certificates."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from cryptolib.cli.cards import Card, CardCertificate, ModuleFailed, Presence, Reader, load, readers
from cryptolib.cli.certificates import Holder, holder, period
from cryptolib.cli.codes.lines import tries_lines
from cryptolib.cli.context import Context
from cryptolib.cli.exits import Exit
from cryptolib.cli.module import registered_path
from cryptolib.cli.output import Line
from cryptolib.cli.verdict import Verdict, worst
from cryptolib.cli.words.language import Words
from cryptolib.metier.certificate import parse
from cryptolib.metier.chain import validity

# A card of another kind is as good as none: it belongs to somebody else's program.
_VERDICTS = {
    Presence.UNKNOWN: Verdict.INFO,
    Presence.MUTE: Verdict.WARNING,
    Presence.BUSY: Verdict.WARNING,
    Presence.FAULT: Verdict.WARNING,
}


def run(context: Context) -> Exit:
    say, output = context.say, context.output
    module = registered_path()
    try:
        found = readers(load(module))
    except ModuleFailed as error:
        if context.json:
            output.json({"module": str(module), "error": str(error)})
        else:
            output.line(say("status.module_failed", path=module, detail=error), Verdict.FAILURE)
        return Exit.FAILURE
    now = datetime.now(UTC)
    if context.json:
        output.json({"module": str(module), "readers": [_facts(reader, now) for reader in found]})
    elif not found:
        output.line(say("status.no_reader"), Verdict.WARNING)
    else:
        for reader in found:
            output.panel(say("reader.title", name=reader.name), reader_lines(reader, say, now))
    return _exit(found, say, now)


def _exit(found: list[Reader], say: Words, now: datetime) -> Exit:
    if not any(reader.card for reader in found):
        return Exit.BUSY if any(reader.presence is Presence.BUSY for reader in found) else Exit.NO_CARD
    lines = [line for reader in found if reader.card for line in reader_lines(reader, say, now)]
    return worst([line.verdict for line in lines if line.verdict])


def reader_lines(reader: Reader, say: Words, now: datetime) -> list[Line]:
    if reader.card is not None:
        return card_lines(reader.card, say, now)
    text = say(f"reader.{reader.presence}", detail=reader.fault)
    return [Line(say("card.card"), text, _VERDICTS.get(reader.presence))]


def card_lines(card: Card, say: Words, now: datetime) -> list[Line]:
    lines = [Line(say("card.card"), say("card.numbered", label=card.label, serial=card.serial))]
    person = card_holder(card)
    if person:
        lines.append(Line(say("card.holder"), person.name))
        if person.profession:
            lines.append(Line(say("card.profession"), person.profession))
        lines.append(Line(say("card.identifier"), person.explained))
    lines += tries_lines(card, say)
    return lines + [period(parse(each.der), each.label, say, now).line(say) for each in card.certificates]


def card_holder(card: Card) -> Holder | None:
    certificate = parse(card.proving.der) if card.proving else None
    return holder(certificate) if certificate else None


def _facts(reader: Reader, now: datetime) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": reader.name, "presence": reader.presence}
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
            "certificates": [_certificate_facts(each, now) for each in card.certificates],
        }
    return facts


def _certificate_facts(entry: CardCertificate, now: datetime) -> dict[str, Any]:
    certificate = parse(entry.der)
    if certificate is None:
        return {"label": entry.label, "id": entry.id.hex(), "validity": "damaged"}
    start, end = certificate.not_before, certificate.not_after
    state = validity(start, end, now)
    return {
        "label": entry.label,
        "id": entry.id.hex(),
        "validity": state,
        "not_before": start.isoformat(),
        "not_after": end.isoformat(),
    }
