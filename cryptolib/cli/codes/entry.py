"""Reads a code from the terminal or a file descriptor, never from arguments or environment."""

from __future__ import annotations

import sys

from cryptolib.cli.code import Code
from cryptolib.cli.codes.reading import read_line, read_unseen
from cryptolib.cli.codes.rules import Lengths, is_allowed
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.severity import Severity


def ask(context: Context, prompt: str, pin_fd: int | None) -> Code:
    """A code; empty if nobody is there to ask, or the user gives none."""
    if context.dialogue is not None:
        return context.dialogue.code(prompt)
    try:
        if pin_fd is not None:
            return read_line(pin_fd)
        if somebody_there(context):
            return read_unseen(prompt)
    except OSError:
        pass
    return Code(bytearray())


def somebody_there(context: Context) -> bool:
    """True if a user can be asked."""
    return context.dialogue is not None or (not context.json and sys.stdin.isatty())


def confirmed(context: Context, question: str) -> bool:
    """True if the user says yes; False if nobody is there."""
    if context.dialogue is not None:
        return context.dialogue.confirmed(question)
    if not somebody_there(context):
        return False
    context.output.line(question)
    return input(context.text("confirm.prompt")).strip().casefold() == context.text("confirm.yes")


def ask_code(context: Context, pin_fd: int | None, prompt: str, allowed: Lengths) -> Code:
    """Ask for a code of an allowed form; at a terminal, ask again until it has that form."""
    while True:
        code = ask(context, prompt, pin_fd)
        if not code:
            raise Failure("failure.no_code_given", Exit.REFUSED)
        if is_allowed(code, allowed):
            return code
        code.wipe()
        impossible = Failure("failure.impossible_code", Exit.REFUSED, length=allowed)
        if pin_fd is not None or not somebody_there(context):
            raise impossible
        impossible.report(context)


def ask_new_code(context: Context, pin_fd: int | None, allowed: Lengths) -> Code:
    """Ask twice, because typing is not shown; read from a file descriptor once."""
    while True:
        new = ask_code(context, pin_fd, context.text("code.new"), allowed)
        if pin_fd is not None:
            return new
        with ask_code(context, pin_fd, context.text("code.again"), allowed) as again:
            if again == new:
                return new
        new.wipe()
        context.output.line(context.text("code.different"), Severity.WARNING)
