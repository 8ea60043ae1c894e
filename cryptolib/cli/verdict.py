"""How well something is: the one scale that every command uses, for its words, its colours and its exit code."""

from __future__ import annotations

from enum import StrEnum

from cryptolib.cli.exits import Exit


class Verdict(StrEnum):
    INFO = "info"
    """A fact that asks for nothing."""
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


EXITS = {Verdict.INFO: Exit.OK, Verdict.OK: Exit.OK, Verdict.WARNING: Exit.WARNING, Verdict.FAILURE: Exit.FAILURE}


def worst(verdicts: list[Verdict]) -> Exit:
    return max((EXITS[verdict] for verdict in verdicts), default=Exit.OK)
