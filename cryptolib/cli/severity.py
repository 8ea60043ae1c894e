"""The severity of a result: the scale of all commands, for words, colours and exit codes."""

from __future__ import annotations

from enum import StrEnum

from cryptolib.cli.exit_codes import Exit


class Severity(StrEnum):
    INFO = "info"
    """A fact that asks for nothing."""
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


NEEDS_ATTENTION = (Severity.WARNING, Severity.FAILURE)
EXITS = {Severity.INFO: Exit.OK, Severity.OK: Exit.OK, Severity.WARNING: Exit.WARNING, Severity.FAILURE: Exit.FAILURE}


def worst(severities: list[Severity]) -> Exit:
    return max((EXITS[severity] for severity in severities), default=Exit.OK)
