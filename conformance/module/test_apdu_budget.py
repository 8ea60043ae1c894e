"""What the module asks of the card: never more than its budget, and never a command more than yesterday."""

import pytest

from conformance.benchmarks import budgets
from conformance.benchmarks.measure import Cost, one_process, seconds_to_the_token
from conformance.benchmarks.steps import DATA
from conformance.testbed.cards import CARDS
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

pytestmark = pytest.mark.timing


@pytest.fixture(scope="module", params=sorted(CARDS))
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def costs(name: str, rig: Rig) -> list[Cost]:
    """All steps of one application with a card that was just inserted."""
    rig.clear_faults()
    rig.insert(name)
    rig.new_pins()
    rig.remove()
    rig.insert(name)
    rig.clear_cache()
    return one_process(rig, module_path(), name)


def test_every_step_is_done(costs: list[Cost]) -> None:
    assert [(cost.step, cost.refusal) for cost in costs if cost.refusal] == []


def test_looking_at_the_readers_leaves_the_card_alone(costs: list[Cost]) -> None:
    assert [cost.step for cost in costs if cost.step in budgets.SILENT and cost.apdus] == []


def test_discovery_costs_no_more_than_the_original_had_spent_by_then(name: str, costs: list[Cost]) -> None:
    original, ours = 0, 0
    for cost in costs[: len(budgets.DISCOVERY)]:
        original += budgets.ORIGINAL[name].get(cost.step, 0)
        ours += cost.apdus
        assert ours <= original, cost.step


def test_no_later_step_costs_more_than_the_original(name: str, costs: list[Cost]) -> None:
    later = costs[len(budgets.DISCOVERY) :]
    assert [cost.step for cost in later if cost.apdus > budgets.ORIGINAL[name].get(cost.step, 0)] == []


def test_all_steps_together_stay_within_the_budget(name: str, costs: list[Cost]) -> None:
    assert sum(cost.apdus for cost in costs) <= budgets.TOTAL[name]


def test_the_holder_sees_the_token_in_time(name: str, costs: list[Cost]) -> None:
    assert seconds_to_the_token(costs) <= budgets.TRUE_SECONDS["cold"]


def test_cps_data_costs_what_it_takes_to_carry(rig: Rig) -> None:
    rig.clear_faults()
    rig.insert("cps3")
    rig.new_pins()
    costs = {cost.step: cost for cost in one_process(rig, module_path(), "cps3", steps=DATA)}
    assert {cost.step: cost.refusal for cost in costs.values() if cost.refusal} == {
        "too long a value": "CKR_DATA_LEN_RANGE"
    }
    limits = budgets.CPS_DATA_SECONDS
    spent = {step: costs[step].line_milliseconds / 1000 for step in limits}
    assert {step: seconds for step, seconds in spent.items() if seconds > limits[step]} == {}


def test_no_step_changed_its_cost(name: str, costs: list[Cost]) -> None:
    """Exact, so that a dearer step is seen in review and a cheaper one is written down."""
    assert {cost.step: cost.apdus for cost in costs if cost.apdus} == budgets.CURRENT[name]
