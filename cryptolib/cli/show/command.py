"""`cps show`: the contents of the card in words, its situations d'exercice, or its raw objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptolib.cli.card_choice import cards
from cryptolib.cli.cards import Card, Reader, card_in_use
from cryptolib.cli.codes.lines import tries_lines
from cryptolib.cli.codes.login import holder_session
from cryptolib.cli.contents import contents
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.options import ShowOptions
from cryptolib.cli.output import Line
from cryptolib.cli.severity import NEEDS_ATTENTION, worst
from cryptolib.cli.show.holder import card_lines
from cryptolib.cli.show.raw import raw_lines
from cryptolib.cli.show.situations import situation_lines
from cryptolib.metier import card as metier
from cryptolib.metier.json_form import card_to_json, to_json

if TYPE_CHECKING:
    from pkcs11 import Session


def run(context: Context, options: ShowOptions) -> Exit:
    found = [(reader, read(context, card, options)) for reader, card in cards(context, options.reader)]
    now = datetime.now(UTC)
    if options.raw is not None:
        return _raw(context, options.raw, found)
    shown = {reader.name: card_lines(held, context.messages, now) for reader, held in found}
    if not options.situations:  # with it, the code was presented after its tries were read
        for reader, _ in found:
            shown[reader.name] += _spent_tries(reader, context)
    if context.json:
        context.output.json({"readers": [_facts(reader, held) for reader, held in found]})
    else:
        for reader, held in found:
            context.output.panel(context.text("reader.title", name=reader.name), shown[reader.name])
            if options.situations:
                for title, lines in situation_lines(held, context.messages):
                    context.output.panel(title, lines)
    return worst([line.severity for lines in shown.values() for line in lines if line.severity])


def read(context: Context, card: Card, options: ShowOptions) -> metier.Card:
    with _session(context, card, options) as session, context.output.working(context.text("working.reading")):
        return contents(card, session)


@contextmanager
def _session(context: Context, card: Card, options: ShowOptions) -> Iterator[Session]:
    """Log in only if something protected is wanted."""
    if options.situations:
        with holder_session(context, card, options) as session:
            yield session
    else:
        with card_in_use(), card.token.open() as session:
            yield session


def _spent_tries(reader: Reader, context: Context) -> list[Line]:
    """Only codes with missing tries; `cps code status` shows all."""
    assert reader.card
    return [each for each in tries_lines(reader.card, context.messages) if each.severity in NEEDS_ATTENTION]


def _facts(reader: Reader, held: metier.Card) -> dict[str, Any]:
    """The facts for --json. docs/metier.schema.json describes `card`."""
    assert reader.card
    return {
        "name": reader.name,
        "label": reader.card.label,
        "serial": reader.card.serial,
        "card": card_to_json(held),
    }


def _raw(context: Context, label: str, found: list[tuple[Reader, metier.Card]]) -> Exit:
    """The raw objects; with a label that object alone."""
    records = [(reader, each) for reader, held in found for each in held.records if label in ("", each.label)]
    if not records:
        raise Failure("failure.no_object", label=label)
    if context.json:
        context.output.json({"objects": [{"reader": reader.name, "record": to_json(each)} for reader, each in records]})
    else:
        for _, record in records:
            for line in raw_lines(record, context.messages):
                context.output.plain(line)
    return Exit.OK
