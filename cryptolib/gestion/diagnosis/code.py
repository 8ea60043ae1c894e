"""How the code porteur gets here: from the terminal or a file descriptor, never from arguments or environment."""

from __future__ import annotations

import sys
from getpass import getpass

from cryptolib.gestion.context import Context


def ask(context: Context, prompt: str, pin_fd: int | None) -> str:
    """Empty when nobody is there to ask, and when who is there gives none."""
    if pin_fd is not None:
        try:
            # Not closed: a second card takes the next line.
            with open(pin_fd, "rb", buffering=0, closefd=False) as source:
                return source.readline().rstrip(b"\r\n").decode(errors="replace")
        except OSError:
            return ""
    if context.json or not sys.stdin.isatty():
        return ""
    return getpass(prompt)
