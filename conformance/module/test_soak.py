"""A short soak: what `make soak` tries for long, for a few seconds each, with other delays and pauses in every run.

The seed is printed with a failure; `python -m conformance.robustness.soak --seed N` takes it.
"""

import random
from collections.abc import Callable

import pytest

from conformance.robustness.soak import scenarios
from conformance.robustness.soak.disturber import EVERYTHING
from conformance.robustness.soak.programs import Programs
from conformance.robustness.soak.scenarios import Row, Setting
from conformance.testbed.rig import Rig

pytestmark = pytest.mark.timeout(140)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(tmp_path_factory.mktemp("soak"))


SHORT: dict[str, tuple[float, Callable[[Setting], Row]]] = {
    "lifetimes": (3, lambda at: scenarios.lifetimes(at, 0, {})),
    "lifetimes, libpcsclite delayed": (
        4,
        lambda at: scenarios.lifetimes(at, scenarios.JITTER_MICROSECONDS, EVERYTHING),
    ),
    "fork, cold": (4, lambda at: scenarios.forks(at, "cold")),
    "fork, at rest": (1, lambda at: scenarios.forks(at, "rest")),
    "fork, churn": (2, lambda at: scenarios.forks(at, "churn")),
    "signatures": (10, lambda at: scenarios.cycles(at, "sign", 200)),
    "logins": (10, lambda at: scenarios.cycles(at, "login", 200)),
    "initialisations": (10, lambda at: scenarios.cycles(at, "initialize", 200)),
    "many applications": (6, lambda at: scenarios.applications(at, 1)),
}


@pytest.mark.parametrize("name", SHORT)
def test_nothing_hangs_and_nothing_is_left_behind(programs: Programs, name: str) -> None:
    seconds, scenario = SHORT[name]
    seed = random.SystemRandom().randrange(1 << 31)
    row = scenario(Setting(programs, seconds, seed))
    print(f"seed {seed}: {row.figures}")
    assert row.faults == ()


def test_the_delays_reach_every_call_into_libpcsclite(programs: Programs) -> None:
    """The library of delays is really in between, also where pyscard looks the functions up itself."""
    with Rig("cps4") as rig:
        swift = programs("cycles", rig, 60, 1, "initialize:10")
        slow = programs("cycles", rig, 60, 1, "initialize:10", jitter=100_000)
    assert slow.values["cycles"] == swift.values["cycles"] == 10
    assert slow.slowest["C_GetSlotList"] > 2 * swift.slowest["C_GetSlotList"]
