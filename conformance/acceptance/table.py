"""What came of a run, for people: every case in a table, or what matters in a few lines."""

from collections.abc import Iterable

from conformance.acceptance.plan_run import Outcome, Report

_HEAD = ("case", "function", "expected", "got", "")
_WIDTHS = (7, 22, 34, 34, 0)


def table(report: Report) -> str:
    """Every case in the plan's order, then what matters again."""
    rows = [_line(_HEAD), *(_line(_cells(outcome)) for outcome in report.outcomes)]
    return "\n".join([f"{report.card}", *rows, "", summary(report)])


def summary(report: Report) -> str:
    """One line, then the cases that answered otherwise and the groups that broke off."""
    outcomes = report.outcomes
    met = sum(outcome.got == outcome.expected for outcome in outcomes)
    left = sum(outcome.got is None and not outcome.differs for outcome in outcomes)
    meant = len(outcomes) - met - left - len(report.differences)
    counts = f"{met} as expected, {meant} otherwise on purpose, {left} not run, {len(report.differences)} different"
    told = (_line(_cells(outcome)) for outcome in outcomes if outcome.got != outcome.expected)
    return "\n".join([f"{report.card}: {len(outcomes)} cases: {counts}", *told, *report.broken])


def _cells(outcome: Outcome) -> tuple[str, ...]:
    got = "-" if outcome.got is None else f"CKR_{outcome.got.name}"
    remark = "<-- DIFFERENT" if outcome.differs else outcome.reason
    return outcome.number, outcome.function, f"CKR_{outcome.expected.name}", got, remark


def _line(cells: Iterable[str]) -> str:
    return "  " + "".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
