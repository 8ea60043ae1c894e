"""The tries that are left of both codes, in words, each with the next step where one is needed."""

from __future__ import annotations

from collections.abc import Iterator

from cryptolib.cli.cards import Card, Tries
from cryptolib.cli.output import Line
from cryptolib.cli.verdict import Verdict
from cryptolib.cli.words.language import Words

TRIES_VERDICTS = {
    Tries.ENOUGH: Verdict.OK,
    Tries.LOW: Verdict.WARNING,
    Tries.LAST: Verdict.WARNING,
    Tries.LOCKED: Verdict.FAILURE,
    Tries.NONE: Verdict.INFO,
}


def tries_lines(card: Card, say: Words) -> Iterator[Line]:
    """Nothing unblocks a card whose codes are both blocked: that is said instead of how to unblock it."""
    step = f"next_step.code.{'unusable' if card.unusable else card.code}"
    yield _line(say("card.code"), card.code, step, say)
    if card.unblocking is not Tries.NONE:
        step = "" if card.unusable else f"next_step.unblocking.{card.unblocking}"
        yield _line(say("card.unblocking"), card.unblocking, step, say)


def _line(title: str, left: Tries, step: str, say: Words) -> Line:
    return Line(title, say(f"tries.{left}"), TRIES_VERDICTS[left], say(step) if step in say else "")
