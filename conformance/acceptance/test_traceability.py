"""The acceptance plan of the original misses no case and hides no difference; `make conformance` plays it."""

from conformance.acceptance.groups import gaps, plan_gaps
from conformance.acceptance.plan_run import Outcome, Report
from conformance.acceptance.table import summary, table
from conformance.testbed.cryptoki import CKR


def test_every_case_has_its_player_or_a_reason_to_have_none() -> None:
    assert plan_gaps() == []


def test_a_case_that_nobody_plays_is_found() -> None:
    assert gaps(["1", "2", "3"], ["1"], {"3"}, set()) == ["case 2 has no player and no reason"]
    assert gaps(["1"], ["1", "1"], set(), set()) == ["case 1 has several players"]
    assert gaps(["1"], ["1"], {"1"}, set()) == ["case 1 is played, and left out with a reason"]
    assert gaps(["1"], ["1", "7"], {"8"}, {"9"}) == [f"case {number} is not in the plan" for number in (7, 8, 9)]


def test_the_table_marks_what_differs() -> None:
    as_expected = Outcome("13", "C_Finalize", CKR.OK, CKR.OK)
    wrong = Outcome("12", "C_GetInfo", CKR.OK, CKR.GENERAL_ERROR)
    unreported = Outcome("11", "C_GetInfo", CKR.ARGUMENTS_BAD, None)
    on_purpose = Outcome("121", "C_WaitForSlotEvent", CKR.FUNCTION_NOT_SUPPORTED, CKR.OK)
    otherwise = Outcome("121", "C_WaitForSlotEvent", CKR.FUNCTION_NOT_SUPPORTED, CKR.NO_EVENT)
    report = Report("cps4", [as_expected, wrong, unreported, on_purpose, otherwise], [])
    assert report.differences == [wrong, unreported, otherwise]
    assert not report.good
    head, *lines = summary(report).splitlines()
    assert head == "cps4: 5 cases: 1 as expected, 1 otherwise on purpose, 0 not run, 3 different"
    assert ["DIFFERENT" in line for line in lines] == [True, True, False, True]
    assert table(report).count("DIFFERENT") == 2 * len(report.differences)


def test_a_group_that_breaks_off_is_a_failure() -> None:
    good = [Outcome("13", "C_Finalize", CKR.OK, CKR.OK)]
    assert Report("cps4", good, []).good
    assert not Report("cps4", good, ["1-13 broke off"]).good
