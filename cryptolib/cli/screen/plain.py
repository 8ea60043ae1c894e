"""`cps gestion --plain`: the same menu line by line, for screen readers and simple terminals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.screen.actions import run as act
from cryptolib.cli.screen.journal import Journal, JournalOutput
from cryptolib.cli.screen.menu import GROUPS, entries
from cryptolib.cli.screen.state import State
from cryptolib.cli.user_choice import choose_in_lines, number_in_lines, text_in_lines


def run(context: Context, reader: str | None) -> Exit:
    """Run until the user enters no number."""
    journal = Journal()
    output = JournalOutput(context.messages, journal)
    context = replace(context, output=output)
    questions = LineQuestions(context)
    state = State(context, output, questions, journal, reader)
    listed = list(entries())
    while True:
        _show_menu(context)
        chosen = number_in_lines(context, context.text("gestion.plain.entry"), len(listed))
        if chosen is None:
            return Exit.OK
        act(state, listed[chosen].name)


def _show_menu(context: Context) -> None:
    number = 0
    for group, members in GROUPS:
        context.output.plain(context.text(f"gestion.group.{group}"))
        for entry in members:
            number += 1
            context.output.plain(f"{number:4}  {entry.title(context.messages)}")


class LineQuestions:
    """Asks questions in lines; an empty line is no answer."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def line(self, prompt: str) -> str:
        return text_in_lines(prompt)

    def choice(self, prompt: str, choices: Sequence[str]) -> int | None:
        return choose_in_lines(self._context, prompt, choices)

    def new_card(self, prompt: str) -> None:
        self.line(f"{prompt} {self._context.text('gestion.plain.enter')}")
