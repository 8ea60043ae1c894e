"""The table of results after a run of the acceptance plan, made from properties that each test records.

With pytest-xdist the tests run in other processes, and only their reports come back, properties included.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from conformance.acceptance.outcome import Outcome

Row = Mapping[str, str]

_HEAD: Row = {"case": "case", "function": "function", "expected": "expected", "got": "got", "remark": ""}
_WIDTHS = {"case": 7, "function": 22, "expected": 34, "got": 34, "remark": 0}
_DIFFERENT = "<-- DIFFERENT"
_NOT_RUN = "-"


def row(outcome: Outcome) -> Row:
    """The properties of a case."""
    return {
        "card": outcome.card,
        "case": outcome.number,
        "function": outcome.function,
        "expected": f"CKR_{outcome.expected.name}",
        "got": _NOT_RUN if outcome.got is None else f"CKR_{outcome.got.name}",
        "remark": _DIFFERENT if outcome.differs else outcome.reason,
    }


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """Every case of each card; then the counts and the differing cases of each card."""
    cards = [(card, list(of_card)) for card, of_card in groupby(rows, key=lambda each: each["card"])]
    for card, of_card in cards:
        yield card
        yield from map(_line, (_HEAD, *of_card))
        yield ""
    for card, of_card in cards:
        yield f"{card}: {_count(of_card)}"
        yield from (_line(each) for each in of_card if each["got"] != each["expected"])


def _count(rows: Iterable[Row]) -> str:
    kinds = [_kind(each) for each in rows]
    named = ("as expected", "otherwise on purpose", "not run", "different")
    return f"{len(kinds)} cases: {', '.join(f'{kinds.count(kind)} {kind}' for kind in named)}"


def _kind(of_case: Row) -> str:
    if of_case["got"] == of_case["expected"]:
        return "as expected"
    if of_case["remark"] == _DIFFERENT:
        return "different"
    return "not run" if of_case["got"] == _NOT_RUN else "otherwise on purpose"


def _line(cells: Row) -> str:
    return "  " + "".join(cells[name].ljust(width) for name, width in _WIDTHS.items()).rstrip()
