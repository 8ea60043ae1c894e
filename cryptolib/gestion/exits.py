"""What the exit code of the command says."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The man page has the same list."""

    OK = 0
    WARNING = 1
    """Everything works, and something needs attention soon."""
    USAGE = 2
    """The command line is wrong; argparse's own number."""
    FAILURE = 3
    NO_CARD = 4
    REFUSED = 5
    """Nothing was changed: a program that has to be closed is running, or the user may not do this."""
    INTERRUPTED = 130
