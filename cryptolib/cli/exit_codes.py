"""The exit codes of the command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The man pages and docs/cps.md have the same list."""

    OK = 0
    WARNING = 1
    """Everything works, and something needs attention soon."""
    USAGE = 2
    """The command line is wrong; argparse's own number."""
    FAILURE = 3
    NO_CARD = 4
    REFUSED = 5
    """Nothing was changed: a program that has to be closed is running, no code or a code that cannot be one was given,
    the last try was not confirmed, or the user may not do this."""
    WRONG_CODE = 6
    """The card has refused the code, and a try of it is spent."""
    BLOCKED = 7
    BUSY = 8
    """Another program is using the card."""
    INTERRUPTED = 130
