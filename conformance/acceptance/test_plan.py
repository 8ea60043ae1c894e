"""The acceptance plan of the original with every card: one test for each case, in the plan's order.

A case runs after the groups of cases before its own, as those leave what it needs.
"""

from collections.abc import Callable

import pytest

from conformance.acceptance import table
from conformance.acceptance.cases.data_objects import WITH_CPS_DATA, WITHOUT_CPS_DATA
from conformance.acceptance.plan import CARDS, Case, plan
from conformance.acceptance.plan_run import PlanRun

CASES = [
    pytest.param(card, case, id=f"{card}-{case.function}-{case.number}")
    for card in CARDS
    for case in plan()
    if card in case.answers
]


REAL_CARDS = {"cps3": 268, "cps4": 276, "cps3cl": 201}
"""Lines in the public logs of the original's program (two CPS3, two CPS4); of the contactless CPS3, by its plan."""
WITH_CPS_DATA_TO_WRITE = 280
"""Those of a CPS4 that has one, which no log is of."""


@pytest.mark.parametrize(("card_name", "case"), CASES)
def test_case(plan_run: PlanRun, case: Case, record_property: Callable[[str, object], None]) -> None:
    outcome = plan_run.outcome(case)
    for name, value in table.row(outcome).items():
        record_property(name, value)
    assert not outcome.differs, plan_run.error(case)


@pytest.mark.parametrize("card_name", CARDS)
def test_the_logs_of_real_cards_have_as_many_lines(plan_run: PlanRun, card_name: str) -> None:
    """With a CPS4 the group of the data objects runs twice, as issued and with a CPS_DATA that may be written."""
    lines = plan_run.lines()
    if card_name == "cps4":
        assert lines - len(WITHOUT_CPS_DATA) == WITH_CPS_DATA_TO_WRITE
        lines -= len(WITH_CPS_DATA)
    assert lines == REAL_CARDS[card_name]
