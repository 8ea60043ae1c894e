"""The table of results by client and card, made from pytest's reports.

Two markers name the row of a test: ``client``, usually for a whole file, and ``does``. Both may contain names of
parameters: ``does("page over {tls_mode}")``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CLIENT, DOES, CARD = "client", "does", "card"
NOT_SUPPORTED = "not supported by card"
ARTEFACTS = "artefacts"

_HEAD = ("client", "what was done", "card", "result", "seconds")


@dataclass(slots=True)
class Result:
    """One row, from the reports of the three phases of a test: set-up, call and tear-down."""

    place: tuple[str, int, str]
    """File, line and name of the test: the order of the table."""
    properties: dict[str, str] = field(default_factory=dict)
    outcomes: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def add(self, report: pytest.TestReport) -> None:
        self.properties |= {name: str(value) for name, value in report.user_properties}
        self.outcomes.add(report.outcome)
        self.seconds += report.duration

    @property
    def outcome(self) -> str:
        if self.outcomes != {"passed"}:
            return "FAILED"
        return "not with this chip" if NOT_SUPPORTED in self.properties else "ok"

    @property
    def subject(self) -> str:
        return f"{self.properties[CLIENT]}, {self.properties[CARD]}"

    def row(self) -> tuple[str, ...]:
        named = (self.properties[name] for name in (CLIENT, DOES, CARD))
        return *named, self.outcome, f"{self.seconds:.1f}"

    def note(self) -> str:
        """A limit of the chip, or where to look after a failure; else empty."""
        if self.outcome == "FAILED":
            return f"{self.subject}: {self.properties[DOES]}: see {self.properties.get(ARTEFACTS, 'the log of pytest')}"
        limit = self.properties.get(NOT_SUPPORTED)
        return f"{self.subject}: {limit}" if limit else ""


def has_row(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("client") and item.get_closest_marker("does"))


def name_row(item: pytest.Function) -> None:
    """Put the names of the row on the test; its reports and JUnit get them from there."""
    parameters = item.callspec.params
    for name in (CLIENT, DOES):
        marker = item.get_closest_marker(name)
        assert marker is not None
        item.user_properties.append((name, marker.args[0].format(**parameters)))
    item.user_properties.append((CARD, str(parameters["card_name"]).upper()))


def artefacts_name(item: pytest.Function) -> str:
    """The folder for the output of a test's client: ``openssl/sign-engine-cps3``."""
    parameters = item.name.removeprefix("test_").replace("[", "-").replace("]", "").replace("_", "-")
    return str(Path(item.path.stem.removeprefix("test_").replace("_", "-")) / parameters)


def results(reports: Iterable[pytest.TestReport]) -> list[Result]:
    """One result for each test with a row."""
    found: dict[str, Result] = {}
    for report in reports:
        path, line, _ = report.location
        found.setdefault(report.nodeid, Result((path, line or 0, report.nodeid))).add(report)
    return sorted((each for each in found.values() if CLIENT in each.properties), key=lambda each: each.place)


def table(rows: Iterable[Result]) -> Iterator[str]:
    """The table in Markdown; then a line for each limit of a chip and each failure."""
    rows = list(rows)
    yield from _grid([_HEAD, *(each.row() for each in rows)])
    notes = sorted({note for each in rows if (note := each.note())})
    if notes:
        yield from ("", *notes)


def _grid(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )
    yield next(lines)
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    yield from lines
