"""Lines about the tries left of both codes, with the next step where one is needed."""

from __future__ import annotations

from collections.abc import Iterator

from cryptolib.cli.cards import Card, Tries
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Line
from cryptolib.cli.severity import Severity

TRIES_SEVERITIES = {
    Tries.ENOUGH: Severity.OK,
    Tries.LOW: Severity.WARNING,
    Tries.LAST: Severity.WARNING,
    Tries.LOCKED: Severity.FAILURE,
    Tries.NONE: Severity.INFO,
}


def tries_lines(card: Card, messages: Messages) -> Iterator[Line]:
    """A card with both codes blocked gets a line of its own, without advice to unblock it."""
    step = f"next_step.code.{'unusable' if card.unusable else card.code}"
    yield _line(messages.text("card.code"), card.code, step, messages)
    if card.unblocking is not Tries.NONE:
        step = "" if card.unusable else f"next_step.unblocking.{card.unblocking}"
        yield _line(messages.text("card.unblocking"), card.unblocking, step, messages)


def _line(title: str, left: Tries, step: str, messages: Messages) -> Line:
    return Line(
        title, messages.text(f"tries.{left}"), TRIES_SEVERITIES[left], messages.text(step) if step in messages else ""
    )
