"""The acceptance plan of the original, played case by case in its order on every card.

conformance/golden/plan.tsv holds what each case must answer; what the plan leaves unreported is only gone through.
"""

import pytest

from conformance.client import Module
from conformance.rig import Rig
from conformance.suites.plan.campaign import run
from conformance.suites.plan.cases import CARDS


@pytest.mark.parametrize("name", CARDS)
def test_the_whole_plan(loaded: Module, rig: Rig, name: str) -> None:
    report = run(loaded, rig, name)
    assert report.broken == []
    assert report.differences == []
