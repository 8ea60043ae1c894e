"""The counts of a run, as tables that docs/verification.md keeps; and what was wrong, each reason once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from conformance.robustness.faults.expectations import RIGHT, UNDETECTABLE, WRONG, Verdict

OUTCOMES = (RIGHT, UNDETECTABLE, WRONG)
_EXAMPLES = 3


def tables(verdicts: Sequence[Verdict], planned: Counter[str]) -> Iterator[str]:
    """The tables by card, by fault and by code; `planned` is the size of the whole matrix by card."""
    yield f"| card | cases in the matrix | run | {' | '.join(OUTCOMES)} |"
    yield "|---|---|---|---|---|---|"
    for card, counts in sorted(_counts(verdicts, lambda one: one.case.card).items()):
        yield f"| {card} | {planned[card]} | {counts.total()} | {_cells(counts)} |"
    yield ""
    yield f"| fault | {' | '.join(OUTCOMES)} | answers |"
    yield "|---|---|---|---|---|"
    codes = _codes(verdicts)
    for kind, counts in _counts(verdicts, lambda one: one.case.kind).items():
        answers = ", ".join(f"{code} {number}" for code, number in codes[kind].most_common())
        yield f"| {kind} | {_cells(counts)} | {answers} |"


def wrong(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Each reason with its number and the first cases that show it."""
    cases: defaultdict[str, list[Verdict]] = defaultdict(list)
    for one in verdicts:
        for reason in one.reasons if one.outcome == WRONG else ():
            cases[reason].append(one)
    for reason, found in sorted(cases.items(), key=lambda item: -len(item[1])):
        yield f"{len(found):6} {reason}"
        yield from (f"         {command(one)}" for one in found[:_EXAMPLES])


def command(verdict: Verdict) -> str:
    """How to run the case again."""
    return f"python -m conformance.robustness.faults --case '{verdict.case}'"


def _counts(verdicts: Iterable[Verdict], key: Callable[[Verdict], str]) -> dict[str, Counter[str]]:
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in verdicts:
        counted[key(one)][one.outcome] += 1
    return counted


def _codes(verdicts: Iterable[Verdict]) -> dict[str, Counter[str]]:
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in verdicts:
        counted[one.case.kind][one.code] += 1
    return counted


def _cells(counts: Counter[str]) -> str:
    return " | ".join(str(counts[outcome]) for outcome in OUTCOMES)
