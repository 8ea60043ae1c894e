"""The soak programs see what they are there for: each fault of a module that has it is named, and only that one."""

import re
import time
from collections.abc import Callable

import pytest

from conformance.robustness.soak import disturber, scenarios
from conformance.robustness.soak.disturber import disturbed
from conformance.robustness.soak.programs import Programs, expected_signature
from conformance.robustness.soak.scenarios import Row, Setting
from conformance.testbed.rig import Rig


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """With another module, which has no fault by default."""
    made = Programs(tmp_path_factory.mktemp("soak"), hang_seconds=2)
    made.module = str(made.library("broken_module"))
    made.env = {"SIGNATURE": expected_signature("cps4")}
    return made


def faults(programs: Programs, broken: str, kind: str, seconds: float = 2) -> str:
    programs.env["BROKEN"] = broken
    at = Setting(programs, seconds, 1)
    row: Row
    if kind == "lifetimes":
        row = scenarios.lifetimes(at, 0, {})
    elif kind == "forks":
        row = scenarios.forks(at, "rest")
    else:
        row = scenarios.cycles(at, kind, 100)
    return "; ".join(row.faults)


@pytest.mark.parametrize("kind", ["lifetimes", "forks", "sign", "login", "initialize"])
def test_a_good_module_has_no_fault(programs: Programs, kind: str) -> None:
    assert faults(programs, "", kind) == ""


def test_a_hanging_call_is_reported(programs: Programs) -> None:
    """The threads that end after it wait for it: what hangs is the call."""
    assert re.search("hang C_GetTokenInfo [2-9]", faults(programs, "hang", "lifetimes"))


def test_leaked_descriptors_and_memory_are_reported(programs: Programs) -> None:
    found = faults(programs, "leak", "initialize")
    assert "100 descriptors left" in found
    assert "bytes per cycle in 100 cycles" in found


def test_wrong_signatures_are_reported(programs: Programs) -> None:
    assert faults(programs, "wrong", "sign") == "150 wrong signatures"


def test_an_unexpected_answer_is_reported(programs: Programs) -> None:
    assert "C_GetSlotInfo answered GENERAL_ERROR" in faults(programs, "general", "lifetimes")


def test_a_crash_is_reported(programs: Programs) -> None:
    assert "ended by signal 6" in faults(programs, "crash", "sign")


def test_failing_children_are_reported(programs: Programs) -> None:
    assert "0 children failed; no child did its work" in faults(programs, "child", "forks", 0.1)


def test_another_program_waits_for_a_moment_in_which_the_card_is_not_shared() -> None:
    with Rig("cps4") as rig, disturbed(rig, 1, {"reset": (Rig.reset_card, 1)}, 0.01) as other:
        with rig.exclusive_to_another():
            _until(lambda: other.delayed["reset"] > 0)
        _until(lambda: other.done["reset"] > 0)
    assert other.refused == {}


def test_a_card_that_stays_unshared_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disturber, "MOMENT_SECONDS", 0.0)
    resets = {"reset": (Rig.reset_card, 1)}
    with Rig("cps4") as rig, disturbed(rig, 1, resets, 0.01) as other, rig.exclusive_to_another():
        _until(lambda: other.refused.total() > 0)
    (action,) = other.refused
    assert action.startswith("reset: ")


def _until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.005)
