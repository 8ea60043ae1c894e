"""No case of the acceptance plan is missed, and the table of results hides no difference."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set

from conformance.acceptance.groups import GROUPS
from conformance.acceptance.outcome import Outcome
from conformance.acceptance.plan import DELIBERATE, NOT_RUN, plan
from conformance.acceptance.table import lines, row
from conformance.testbed.cryptoki import CKR


def gaps(cases: Iterable[str], run: Iterable[str], not_run: Set[str], deliberate: Set[str]) -> list[str]:
    """The contradictions between the plan, the cases of the groups, those not run and those with another answer."""
    known, runs = set(cases), Counter(run)
    found: Mapping[str, Iterable[str]] = {
        "has no group and no reason": known - runs.keys() - not_run,
        "has several groups": {number for number, count in runs.items() if count > 1},
        "is run, and has a reason not to be": runs.keys() & not_run,
        "is not in the plan": (runs.keys() | not_run | deliberate) - known,
    }
    return [f"case {number} {why}" for why, those in found.items() for number in sorted(those, key=float)]


def test_every_case_has_one_group_or_a_reason_to_have_none() -> None:
    run = [number for group in GROUPS for number in group.cases]
    assert gaps([case.number for case in plan()], run, NOT_RUN.keys(), DELIBERATE.keys()) == []


def test_a_case_without_a_group_is_found() -> None:
    assert gaps(["1", "2", "3"], ["1"], {"3"}, set()) == ["case 2 has no group and no reason"]
    assert gaps(["1"], ["1", "1"], set(), set()) == ["case 1 has several groups"]
    assert gaps(["1"], ["1"], {"1"}, set()) == ["case 1 is run, and has a reason not to be"]
    assert gaps(["1"], ["1", "7"], {"8"}, {"9"}) == [f"case {number} is not in the plan" for number in (7, 8, 9)]


def test_the_table_marks_what_differs() -> None:
    as_expected = Outcome("cps4", "13", "C_Finalize", CKR.OK, CKR.OK)
    wrong = Outcome("cps4", "12", "C_GetInfo", CKR.OK, CKR.GENERAL_ERROR)
    unreported = Outcome("cps4", "11", "C_GetInfo", CKR.ARGUMENTS_BAD, None)
    on_purpose = Outcome("cps4", "121", "C_WaitForSlotEvent", CKR.FUNCTION_NOT_SUPPORTED, CKR.OK)
    otherwise = Outcome("cps4", "121", "C_WaitForSlotEvent", CKR.FUNCTION_NOT_SUPPORTED, CKR.NO_EVENT)
    outcomes = [as_expected, wrong, unreported, on_purpose, otherwise]
    assert [outcome for outcome in outcomes if outcome.differs] == [wrong, unreported, otherwise]
    printed = list(lines([row(outcome) for outcome in outcomes]))
    count = printed.index("cps4: 5 cases: 1 as expected, 1 otherwise on purpose, 0 not run, 3 different")
    assert ["DIFFERENT" in line for line in printed[2:count]] == [False, True, True, False, True, False]
    assert ["DIFFERENT" in line for line in printed[count + 1 :]] == [True, True, False, True]


def test_a_case_not_run_is_counted_as_such() -> None:
    (*_, count, line) = lines([row(Outcome("cps3", "400", "C_EncryptInit", CKR.FUNCTION_NOT_SUPPORTED, None))])
    assert count == "cps3: 1 cases: 0 as expected, 0 otherwise on purpose, 1 not run, 0 different"
    assert NOT_RUN["400"] in line
