"""How a code gets here: from the terminal or a file descriptor, never from arguments or environment."""

from __future__ import annotations

import sys
from getpass import getpass

from cryptolib.gestion.context import Context


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
    context.screen.line(question)
    return input(context.say("confirm.prompt")).strip().casefold() == context.say("confirm.yes")
