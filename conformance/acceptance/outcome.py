"""The result of one case of the plan with one card."""

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.acceptance.plan import DELIBERATE, NOT_RUN, Case
from conformance.testbed.cryptoki import CKR


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a case with a card; `got` is None if no call reported it."""

    card: str
    number: str
    function: str
    expected: CKR
    got: CKR | None

    @property
    def reason(self) -> str:
        """Why it may differ from the plan."""
        if self.got is None:
            return NOT_RUN.get(self.number, "")
        answer, reason = DELIBERATE.get(self.number, (self.expected, ""))
        return reason if self.got == answer != self.expected else ""

    @property
    def differs(self) -> bool:
        return self.got != self.expected and not self.reason


def outcome_of(case: Case, card: str, answers: Sequence[CKR]) -> Outcome:
    """A case may be reported several times; one unexpected answer makes it differ."""
    expected = case.answers[card]
    got = next((answer for answer in answers if answer != expected), expected) if answers else None
    return Outcome(card, case.number, case.function, expected, got)
