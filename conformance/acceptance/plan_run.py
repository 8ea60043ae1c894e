"""Runs the groups of the acceptance plan with one card, in their order, up to the case that is asked for."""

import traceback

from conformance.acceptance.groups import GROUPS, Group, group_of
from conformance.acceptance.outcome import Outcome, outcome_of
from conformance.acceptance.plan import OPTIONAL, Case, plan
from conformance.acceptance.run import Run
from conformance.testbed.client import Refused


class PlanRun:
    """A group needs the results of earlier groups (signatures, cipher texts, sessions), so none runs before them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.card = run.card.name
        self._cases = {case.number for case in plan() if self.card in case.answers}
        self._left = [group for group in GROUPS if group.has_a_case_of(self._cases)]
        self._errors: dict[Group, str] = {}
        """How the groups ended that raised an error: the cases they did not come to are not reported."""

    def outcome(self, case: Case) -> Outcome:
        group = group_of(case.number)
        while group in self._left:
            self._run_next()
        return outcome_of(case, self.card, self._run.answers.get(case.number, []))

    def lines(self) -> int:
        """The number of log lines that the original's program writes, without optional ones."""
        for case in plan():
            if self.card in case.answers:
                self.outcome(case)
        return sum(len(answers) for number, answers in self._run.answers.items() if number not in OPTIONAL)

    def error(self, case: Case) -> str:
        """The traceback of the case's group if that did not finish."""
        group = group_of(case.number)
        return self._errors.get(group, "") if group else ""

    def errors(self) -> list[str]:
        """Errors so far: unfinished groups, and reports of cases that are not this card's."""
        foreign = [number for number in self._run.answers if number not in self._cases]
        return [*self._errors.values(), *(f"{number} is not a case of the {self.card}" for number in foreign)]

    def _run_next(self) -> None:
        group = self._left.pop(0)
        try:
            group.calls(self._run)
        except (AssertionError, Refused, LookupError):
            self._errors[group] = f"{group.ranges}:\n{traceback.format_exc()}"
            self._run.p11.C_Finalize(None)
            self._run.rig.insert(self.card)
