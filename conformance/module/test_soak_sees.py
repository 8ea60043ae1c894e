"""The soak programs see what they are there for: each fault of a module that has it is named, and only that one."""

import re

import pytest

from conformance.robustness.soak import scenarios
from conformance.robustness.soak.programs import Programs, expected_signature
from conformance.robustness.soak.scenarios import Row, Setting


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
