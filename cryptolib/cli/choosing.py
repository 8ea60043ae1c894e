"""Asks the user which of several things: in the screen's own way, else by number on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cryptolib.cli.codes.entry import somebody_there
from cryptolib.cli.context import Context
from cryptolib.cli.severity import Severity


def choose(context: Context, prompt: str, choices: Sequence[str], *, of_card: bool = False) -> int | None:
    """From 0. None when the user thinks better of it, and when nobody is there who sees the choices.

    :param of_card: whether the question makes no sense any more when the card is taken away.
    """
    if context.dialogue is not None:
        return context.dialogue.choice(prompt, choices, of_card=of_card)
    if somebody_there(context) and sys.stdout.isatty():
        return choose_in_lines(context, prompt, choices)
    return None


def choose_in_lines(context: Context, prompt: str, choices: Sequence[str]) -> int | None:
    """Each choice on a line of its own, with its number."""
    for number, each in enumerate(choices, 1):
        context.output.plain(f"{number:4}  {each}")
    return number_in_lines(context, prompt, len(choices))


def number_in_lines(context: Context, prompt: str, count: int) -> int | None:
    """From 0, where the user counts from 1; no line is no number."""
    while given := text_in_lines(prompt):
        if given.isdecimal() and 0 < int(given) <= count:
            return int(given) - 1
        context.output.line(context.text("choice.wrong", count=count), Severity.WARNING)
    return None


def text_in_lines(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        return ""
