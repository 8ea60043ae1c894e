"""What a start costs when the card's public files are on disk: who the card is, its tries, and the work itself."""

import pytest

from conformance.benchmarks import budgets
from conformance.benchmarks.measure import Cost, one_process, seconds_to_the_token
from conformance.testbed.c_host import WORD, Host, compile_host
from conformance.testbed.cards import CARDS
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig


@pytest.fixture(scope="module", params=sorted(budgets.WARM))
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def costs(name: str, rig: Rig) -> list[Cost]:
    """All steps of a second application with a card that was just inserted."""
    rig.clear_faults()
    rig.clear_cache()
    rig.insert(name)
    rig.new_pins()
    one_process(rig, module_path(), name)
    rig.remove()
    rig.insert(name)
    return one_process(rig, module_path(), name)


def test_no_step_changed_its_price(name: str, costs: list[Cost]) -> None:
    assert {cost.step: cost.apdus for cost in costs if cost.apdus} == budgets.WARM[name]
    assert [cost.step for cost in costs if cost.refusal] == []


def test_no_step_costs_more_than_was_promised(name: str, costs: list[Cost]) -> None:
    spent = {cost.step: cost.apdus for cost in costs}
    promised = {step: limit for step, limit in budgets.WARM_LIMITS[name].items() if step in spent}
    assert {step: spent[step] for step, limit in promised.items() if spent[step] > limit} == {}


def test_the_holder_sees_the_token_in_time(costs: list[Cost]) -> None:
    assert seconds_to_the_token(costs) <= budgets.TRUE_SECONDS["warm"]


@pytest.mark.parametrize("step", ["C_OpenSession", "list public objects", "read certificates", "list all objects"])
def test_the_directory_and_the_certificates_come_from_disk(costs: list[Cost], step: str) -> None:
    assert [cost.apdus for cost in costs if cost.step == step] == [0]


@pytest.mark.usefixtures("costs")
def test_each_later_look_at_the_token_asks_for_the_tries_alone(
    name: str, rig: Rig, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Host(compile_host(tmp_path_factory.mktemp("host")), rig.env) as host:
        host.load(module_path())
        assert host.call("C_Initialize", 0) == 0
        slots, count = host.alloc(8 * WORD), host.holding((8).to_bytes(WORD, "little"))
        assert host.call("C_GetSlotList", 1, slots, count) == 0
        info = host.alloc(512)
        assert host.call("C_GetTokenInfo", host.word(slots), info) == 0
        for _ in range(3):
            rig.clear_log()
            assert host.call("C_GetTokenInfo", host.word(slots), info) == 0
            assert rig.apdu_count() <= budgets.WARM_LIMITS[name]["C_GetTokenInfo again"]


def test_who_the_card_is_comes_from_the_card(name: str, costs: list[Cost], rig: Rig) -> None:
    """The copies of one card are no use to another that takes its place."""
    other = next(profile for profile in sorted(CARDS) if profile != name)
    rig.insert(other)
    rig.new_pins()
    rig.clear_log()
    cold = one_process(rig, module_path(), other)
    assert [cost.step for cost in cold if cost.refusal] == []
