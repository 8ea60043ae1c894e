"""What the module asks of the card: never more than its budget, and never a command more than yesterday."""

import pytest

from conformance.benchmarks import budgets
from conformance.benchmarks.measure import Cost, one_process
from conformance.testbed.cards import CARDS
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig


@pytest.fixture(scope="module", params=sorted(CARDS))
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def life(name: str, rig: Rig) -> list[Cost]:
    """One application's life with a card that was just inserted."""
    rig.clear_faults()
    rig.insert(name)
    rig.new_pins()
    rig.remove()
    rig.insert(name)
    rig.clear_cache()
    return one_process(rig, module_path(), name)


def test_every_step_is_done(life: list[Cost]) -> None:
    assert [(cost.step, cost.refusal) for cost in life if cost.refusal] == []


def test_looking_at_the_readers_leaves_the_card_alone(life: list[Cost]) -> None:
    assert [cost.step for cost in life if cost.step in budgets.SILENT and cost.apdus] == []


def test_discovery_costs_no_more_than_the_original_had_spent_by_then(name: str, life: list[Cost]) -> None:
    original, ours = 0, 0
    for cost in life[: len(budgets.DISCOVERY)]:
        original += budgets.ORIGINAL[name].get(cost.step, 0)
        ours += cost.apdus
        assert ours <= original, cost.step


def test_no_later_step_costs_more_than_the_original(name: str, life: list[Cost]) -> None:
    later = life[len(budgets.DISCOVERY) :]
    assert [cost.step for cost in later if cost.apdus > budgets.ORIGINAL[name].get(cost.step, 0)] == []


def test_a_whole_life_stays_within_the_budget(name: str, life: list[Cost]) -> None:
    assert sum(cost.apdus for cost in life) <= budgets.TOTAL[name]


def test_no_step_changed_its_price(name: str, life: list[Cost]) -> None:
    """Exact, so that a dearer step is seen in review and a cheaper one is written down."""
    assert {cost.step: cost.apdus for cost in life if cost.apdus} == budgets.CURRENT[name]
