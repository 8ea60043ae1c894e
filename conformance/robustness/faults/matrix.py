"""The matrix of every scenario, exchange and fault, and samples of it."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from queue import Empty, SimpleQueue
from random import Random

from conformance.robustness.faults.cases import Case
from conformance.robustness.faults.expectations import Verdict, verdict
from conformance.robustness.faults.kinds import KINDS
from conformance.robustness.faults.runner import Runner, Undisturbed
from conformance.testbed.cards import EVERY_CARD

CARDS = tuple(EVERY_CARD)
LONGEST_ANSWER_BITS = 8 * 258

Known = Mapping[str, Mapping[str, Undisturbed]]
"""The undisturbed scenarios by card and by name."""

_CHUNK = 100
"""Cases of one card that a rig runs before it may change its card, which takes a second."""


def record(cards: Iterable[str] = CARDS) -> Known:
    """Run every scenario of every card without a fault."""

    def one(card: str) -> tuple[str, dict[str, Undisturbed]]:
        with Runner(card) as runner:
            return card, runner.undisturbed(card)

    with ThreadPoolExecutor() as pool:
        return dict(pool.map(one, cards))


def every_case(known: Known, choice: Random) -> list[Case]:
    """All cases; `choice` draws their order and the inverted bits."""
    cases = [
        Case(card, scenario, exchange, kind, choice.randrange(LONGEST_ANSWER_BITS) if kind == "one bit" else 0)
        for card, scenarios in known.items()
        for scenario, undisturbed in scenarios.items()
        for exchange in range(len(undisturbed.exchanges))
        for kind in KINDS
    ]
    choice.shuffle(cases)
    return cases


def sample(cases: Iterable[Case], most: Mapping[str, int]) -> Iterator[Case]:
    """The first cases of each card and kind; `most` has the number for each kind."""
    taken: Counter[tuple[str, str]] = Counter()
    for case in cases:
        if taken[case.card, case.kind] < most[case.kind]:
            taken[case.card, case.kind] += 1
            yield case


def run_cases(cases: Sequence[Case], known: Known, rigs: int, seconds: float) -> list[Verdict]:
    """Run the cases with several rigs at once, as many as fit into the time."""
    chunks: SimpleQueue[list[Case]] = SimpleQueue()
    for chunk in _chunks(cases, min(_CHUNK, 1 + len(cases) // rigs)):
        chunks.put(chunk)
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(rigs) as pool:
        return list(chain.from_iterable(pool.map(lambda _: list(_run_share(chunks, known, deadline)), range(rigs))))


def _chunks(cases: Sequence[Case], size: int) -> Iterator[list[Case]]:
    """Chunks of one card each, with the cards in turn, so that a lack of time affects all alike."""
    by_card = [[case for case in cases if case.card == card] for card in CARDS]
    for start in range(0, max(map(len, by_card)), size):
        yield from (chunk for of_card in by_card if (chunk := of_card[start : start + size]))


def _run_share(chunks: SimpleQueue[list[Case]], known: Known, deadline: float) -> Iterator[Verdict]:
    """The share of one rig."""
    with Runner(CARDS[0]) as runner:
        for case in _taken(chunks):
            if time.monotonic() > deadline:
                return
            yield verdict(case, known[case.card][case.scenario], runner.observe(case))


def _taken(chunks: SimpleQueue[list[Case]]) -> Iterator[Case]:
    try:
        while True:
            yield from chunks.get_nowait()
            print(f"at most {(chunks.qsize() + 1) * _CHUNK} cases are left", file=sys.stderr, flush=True)
    except Empty:
        return
