"""Why a command cannot go on, in words, with the next step, and with the exit code that says it to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptolib.cli.exits import Exit
from cryptolib.cli.verdict import Verdict

if TYPE_CHECKING:
    from cryptolib.cli.context import Context


class Failure(Exception):
    """`key` is the name of its sentence, and of the advice that goes with it."""

    def __init__(self, key: str, code: Exit = Exit.FAILURE, **values: object) -> None:
        super().__init__(key)
        self.key, self.code, self.values = key, code, values

    def report(self, context: Context) -> Exit:
        text, advice = context.say(self.key, **self.values), f"advice.{self.key}"
        next_step = context.say(advice, **self.values) if advice in context.say else ""
        if context.json:
            context.output.json({"failure": self.key, "text": text, "advice": next_step})
        else:
            context.output.line(text, Verdict.FAILURE)
            if next_step:
                context.output.line(next_step)
        return self.code
