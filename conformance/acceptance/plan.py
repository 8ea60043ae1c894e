"""The acceptance plan of the original, from plan.tsv: each case and its answer per card.

A dash means that the case is not for that card. Cases that are not run, and deliberate differences, have their reason.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.testbed.cryptoki import CKR

PLAN = Path(__file__).with_name("plan.tsv")
CARDS = ("cps3", "cps4", "cps3cl")

NOT_RUN = {
    "122": "for the library of the card before the CPS3 only",
    "400": "the plan's program leaves it out: 401 to 409 want an encryption that works",
    "614": "for the library of the card before the CPS3 only",
}

OPTIONAL = frozenset({"121", "128", "129", "130"})
"""The original's program asks its operator for the first; for the others it damages its copies on disk, if asked to."""

DELIBERATE = {"121": (CKR.OK, "a blocking wait waits, and says what came")}
"""What is answered instead of the original's answer, and why that is better."""


@dataclass(frozen=True, slots=True)
class Case:
    number: str
    function: str
    answers: dict[str, CKR]
    """By card; the cards that the case is not for are absent."""


@cache
def plan() -> tuple[Case, ...]:
    with PLAN.open(newline="", encoding="ascii") as text:
        return tuple(_case(row) for row in csv.DictReader(text, delimiter="\t"))


def order(card: str, number: str) -> tuple[int, int]:
    """A sort key: by card, then in the order of the plan."""
    return CARDS.index(card), _positions()[number]


@cache
def _positions() -> dict[str, int]:
    return {case.number: position for position, case in enumerate(plan())}


def _case(row: dict[str, str]) -> Case:
    return Case(row["case"], row["function"], {card: CKR[row[card]] for card in CARDS if row[card] != "-"})


def numbers(ranges: str) -> list[str]:
    """The case numbers in ``"4-6 8.2"``."""
    found = []
    for word in ranges.split():
        first, _, last = word.partition("-")
        found += [str(number) for number in range(int(first), int(last) + 1)] if last else [first]
    return found
