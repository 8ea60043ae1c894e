"""Asks the user to choose: in the screen if there is one, else by number in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cryptolib.cli.codes.entry import somebody_there
from cryptolib.cli.context import Context
from cryptolib.cli.severity import Severity


def choose(context: Context, prompt: str, choices: Sequence[str], *, of_card: bool = False) -> int | None:
    """The index of the choice. None if the user cancels, or nobody is there to choose.

    :param of_card: the question ends when the card is removed.
    """
    if context.dialogue is not None:
        return context.dialogue.choice(prompt, choices, of_card=of_card)
    if somebody_there(context) and sys.stdout.isatty():
        return choose_in_lines(context, prompt, choices)
    return None


def choose_in_lines(context: Context, prompt: str, choices: Sequence[str]) -> int | None:
    """Write each choice on a line, with its number, and read a number."""
    for number, each in enumerate(choices, 1):
        context.output.plain(f"{number:4}  {each}")
    return number_in_lines(context, prompt, len(choices))


def number_in_lines(context: Context, prompt: str, count: int) -> int | None:
    """The index of a number from 1 to `count`; None for an empty line."""
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
