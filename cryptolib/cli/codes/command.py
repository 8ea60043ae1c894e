"""`cps code status | change | unblock`: tries left of both codes, and a new code porteur."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from cryptolib.cli.card_choice import cards, one_card
from cryptolib.cli.cards import Card, Reader, Tries
from cryptolib.cli.codes.entry import ask_code, ask_new_code
from cryptolib.cli.codes.keypad import NO_NEW_CODE, typed_on_reader
from cryptolib.cli.codes.kinds import Kind, unblocking_locked
from cryptolib.cli.codes.lines import TRIES_SEVERITIES, tries_lines
from cryptolib.cli.codes.login import confirm_last_try, presenting, require_code_porteur
from cryptolib.cli.codes.presentation import change_code, code_lengths, set_new_code, unblocked
from cryptolib.cli.codes.rules import UNBLOCKING
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.options import CardOptions, CodeOptions
from cryptolib.cli.output import Line
from cryptolib.cli.severity import Severity, worst


def status(context: Context, options: CardOptions) -> Exit:
    found = cards(context, options.reader)
    if context.json:
        context.output.json({"readers": [_facts(reader, card) for reader, card in found]})
    else:
        for reader, card in found:
            context.output.panel(context.text("reader.title", name=reader.name), _lines(card, context.messages))
    states = [state for _, card in found for state in (card.code, card.unblocking)]
    return worst([TRIES_SEVERITIES[state] for state in states])


def change(context: Context, options: CodeOptions) -> Exit:
    _, card = one_card(context, options.reader)
    require_code_porteur(context, card, options)
    if not (typed_on_reader(context, card, options.pin_fd) and _changed_on_reader(context, card, options)):
        allowed = code_lengths(card)
        old = ask_code(context, options.pin_fd, context.text("code.current"), allowed)
        new = ask_new_code(context, options.pin_fd, allowed)
        with presenting(context, None):
            change_code(card, old, new, last_try=options.force)
    return _done(context, "code.changed")


def _changed_on_reader(context: Context, card: Card, options: CodeOptions) -> bool:
    """Change the code on the reader; False if the reader cannot ask for a new code."""
    try:
        with presenting(context, "keypad.change"):
            change_code(card, None, None, last_try=options.force)
    except Failure as failure:
        if failure.key != NO_NEW_CODE:
            raise
        context.output.line(context.text(NO_NEW_CODE))
        return False
    return True


def unblock(context: Context, options: CodeOptions) -> Exit:
    """Set a new code porteur, blocked or not: the user may have forgotten it."""
    _, card = one_card(context, options.reader)
    if card.code is Tries.NONE:
        raise Failure("failure.no_code")
    if card.unblocking is Tries.LOCKED:
        raise unblocking_locked(card)
    confirm_last_try(context, card.unblocking, options, Kind.UNBLOCKING)
    if typed_on_reader(context, card, options.pin_fd):
        _unblock_on_reader(context, card, options)
        return _done(context, "code.unblocked")
    allowed = code_lengths(card)
    unblocking = ask_code(context, options.pin_fd, context.text("code.unblocking"), UNBLOCKING)
    new = ask_new_code(context, options.pin_fd, allowed)
    with new, presenting(context, None), unblocked(card, unblocking, last_try=options.force) as session:
        set_new_code(session, new)
    return _done(context, "code.unblocked")


def _unblock_on_reader(context: Context, card: Card, options: CodeOptions) -> None:
    """Ask for the new code here if the reader cannot."""
    with ExitStack() as stack:
        with presenting(context, "keypad.unblocking"):
            session = stack.enter_context(unblocked(card, None, last_try=options.force))
        try:
            with presenting(context, "keypad.new"):
                set_new_code(session, None)
        except Failure as failure:
            if failure.key != NO_NEW_CODE:
                raise
            context.output.line(context.text(NO_NEW_CODE))
            new = ask_new_code(context, None, code_lengths(card))
            with presenting(context, None):
                set_new_code(session, new)


def _done(context: Context, key: str) -> Exit:
    if context.json:
        context.output.json({"done": key})
    else:
        context.output.line(context.text(key), Severity.OK)
    return Exit.OK


def _lines(card: Card, messages: Messages) -> list[Line]:
    lines = [Line(messages.text("card.card"), messages.text("card.numbered", label=card.label, serial=card.serial))]
    lines += tries_lines(card, messages)
    if card.code is Tries.NONE:
        return lines
    return [
        *lines,
        Line(
            messages.text("code.rule"), messages.text("code.digits", length=code_lengths(card), unblocking=UNBLOCKING)
        ),
        Line(messages.text("code.lost"), messages.text("code.letter")),
    ]


def _facts(reader: Reader, card: Card) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": reader.name, "label": card.label, "serial": card.serial}
    if card.code is Tries.NONE:
        return {**facts, "code_porteur": None, "code_deblocage": None}
    allowed = code_lengths(card)
    return {
        **facts,
        "code_porteur": {"tries": card.code, "minimum": allowed.minimum, "maximum": allowed.maximum},
        "code_deblocage": {
            "tries": card.unblocking,
            "minimum": UNBLOCKING.minimum,
            "maximum": UNBLOCKING.maximum,
        },
    }
