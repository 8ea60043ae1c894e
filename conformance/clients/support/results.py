"""The table of what every client managed with every card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

_HEAD = ("client", "what was done", "card", "result", "seconds")


class Verdict(Enum):
    DONE = "ok"
    BY_NATURE = "not with this chip"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Outcome:
    client: str
    does: str
    card: str
    verdict: Verdict
    seconds: float
    why: str = ""
    """Of a failure, or of what the chip cannot do."""

    def row(self) -> tuple[str, ...]:
        return self.client, self.does, self.card.upper(), self.verdict.value, f"{self.seconds:.1f}"


def table(outcomes: Iterable[Outcome]) -> list[str]:
    """As Markdown, which can be read as it stands; then one line for each thing the chips cannot do."""
    outcomes = list(outcomes)
    reasons = {f"{o.client}, {o.card.upper()}: {o.why}" for o in outcomes if o.verdict is Verdict.BY_NATURE}
    return [*_grid([_HEAD, *(outcome.row() for outcome in outcomes)]), "", *sorted(reasons)]


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [lines[0], rule, *lines[1:]]
