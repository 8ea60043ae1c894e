"""The acceptance plan of the original with every card: one test for each case, in the plan's order.

A case runs after the groups of cases before its own, as those leave what it needs.
"""

from collections.abc import Callable

import pytest

from conformance.acceptance import table
from conformance.acceptance.plan import CARDS, Case, plan
from conformance.acceptance.plan_run import PlanRun

CASES = [
    pytest.param(card, case, id=f"{card}-{case.function}-{case.number}")
    for card in CARDS
    for case in plan()
    if card in case.answers
]


@pytest.mark.parametrize(("card_name", "case"), CASES)
def test_case(plan_run: PlanRun, case: Case, record_property: Callable[[str, object], None]) -> None:
    outcome = plan_run.outcome(case)
    for name, value in table.row(outcome).items():
        record_property(name, value)
    assert not outcome.differs, plan_run.error(case)
