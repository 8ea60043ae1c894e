"""The table of what each client did with each card, from the reports of pytest.

A test names its row with two markers: ``client``, mostly for the whole file, and ``does``. Both may hold the names of
the test's parameters, as in ``does("page over {tls_mode}")``.
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
        """What the chip cannot do, or where to look after a failure; else nothing."""
        if self.outcome == "FAILED":
            return f"{self.subject}: {self.properties[DOES]}: see {self.properties.get(ARTEFACTS, 'the log of pytest')}"
        limit = self.properties.get(NOT_SUPPORTED)
        return f"{self.subject}: {limit}" if limit else ""


def has_row(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("client") and item.get_closest_marker("does"))


def name_row(item: pytest.Function) -> None:
    """Puts the names of the row on the test, from where they reach its reports and JUnit."""
    parameters = item.callspec.params
    for name in (CLIENT, DOES):
        marker = item.get_closest_marker(name)
        assert marker is not None
        item.user_properties.append((name, marker.args[0].format(**parameters)))
    item.user_properties.append((CARD, str(parameters["card_name"]).upper()))


def artefacts_name(item: pytest.Function) -> str:
    """The folder for what the client of a test printed: ``openssl/sign-engine-cps3``."""
    parameters = item.name.removeprefix("test_").replace("[", "-").replace("]", "").replace("_", "-")
    return str(Path(item.path.stem.removeprefix("test_").replace("_", "-")) / parameters)


def results(reports: Iterable[pytest.TestReport]) -> list[Result]:
    """One for each test that has a row."""
    found: dict[str, Result] = {}
    for report in reports:
        path, line, _ = report.location
        found.setdefault(report.nodeid, Result((path, line or 0, report.nodeid))).add(report)
    return sorted((each for each in found.values() if CLIENT in each.properties), key=lambda each: each.place)


def table(rows: Iterable[Result]) -> Iterator[str]:
    """As Markdown, which can be read as it stands; then a line for each thing that a chip cannot do or that failed."""
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
