"""How a code gets here: from the terminal or a file descriptor, never from arguments or environment."""

from __future__ import annotations

import sys
from getpass import getpass

from cryptolib.cli.codes.rules import Lengths, possible
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.severity import Severity


def ask(context: Context, prompt: str, pin_fd: int | None) -> str:
    """Empty when nobody is there to ask, and when who is there gives none."""
    if pin_fd is not None:
        try:
            # Not closed: the next code is on the next line.
            with open(pin_fd, "rb", buffering=0, closefd=False) as source:
                return source.readline().rstrip(b"\r\n").decode(errors="replace")
        except OSError:
            return ""
    return getpass(prompt) if somebody_there(context) else ""


def somebody_there(context: Context) -> bool:
    """Whether there is a user at the terminal who can be asked."""
    return not context.json and sys.stdin.isatty()


def confirmed(context: Context, question: str) -> bool:
    """Whether the user says yes; nobody there is no."""
    if not somebody_there(context):
        return False
    context.output.line(question)
    return input(context.text("confirm.prompt")).strip().casefold() == context.text("confirm.yes")


def ask_code(context: Context, pin_fd: int | None, prompt: str, allowed: Lengths) -> str:
    """A code that can be one. Who sits at a terminal is asked until it is, as nothing is lost by that."""
    while True:
        code = ask(context, prompt, pin_fd)
        if not code:
            raise Failure("failure.no_code_given", Exit.REFUSED)
        if possible(code, allowed):
            return code
        impossible = Failure("failure.impossible_code", Exit.REFUSED, length=allowed)
        if pin_fd is not None or not somebody_there(context):
            raise impossible
        impossible.report(context)


def ask_new_code(context: Context, pin_fd: int | None, allowed: Lengths) -> str:
    """Twice, as nobody sees what is typed; from a file descriptor once."""
    while True:
        new = ask_code(context, pin_fd, context.text("code.new"), allowed)
        if pin_fd is not None or ask_code(context, pin_fd, context.text("code.again"), allowed) == new:
            return new
        context.output.line(context.text("code.different"), Severity.WARNING)
