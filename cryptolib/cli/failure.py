"""The reason why a command cannot go on: message, advice and exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.severity import Severity

if TYPE_CHECKING:
    from cryptolib.cli.context import Context


class Failure(Exception):
    """`key` is the name of the message and of the advice."""

    def __init__(self, key: str, code: Exit = Exit.FAILURE, **values: object) -> None:
        super().__init__(key)
        self.key, self.code, self.values = key, code, values

    def report(self, context: Context) -> Exit:
        text, advice = context.text(self.key, **self.values), f"advice.{self.key}"
        next_step = context.text(advice, **self.values) if advice in context.messages else ""
        if context.json:
            context.output.json({"failure": self.key, "text": text, "advice": next_step})
        else:
            context.output.line(text, Severity.FAILURE)
            if next_step:
                context.output.line(next_step)
        return self.code
