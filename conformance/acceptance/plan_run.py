"""One run through the plan with one card: the groups in the plan's order, and what came of each case."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from conformance.acceptance.cases import (
    contactless,
    damaged_copies,
    data_objects,
    encryption,
    management,
    signature,
    verification,
)
from conformance.acceptance.plan import DELIBERATE, NOT_RUN, Case, numbers, plan
from conformance.acceptance.run import Play
from conformance.testbed.cards import CARDS, CPS3_CONTACTLESS
from conformance.testbed.client import Module, Refused
from conformance.testbed.cryptoki import CKR
from conformance.testbed.rig import Rig


@dataclass(frozen=True, slots=True)
class Group:
    """A player and the cases that it reports, on the cards that they are for."""

    cases: str
    player: Callable[[Play], None]


GROUPS = (
    Group("1-2 4-13", management.general),
    Group("100-120 123-127", management.slots),
    Group("121", management.blocking_wait),
    Group("128-130", damaged_copies.damaged_copies),
    Group("200-222", management.sessions),
    Group("300-318", management.objects),
    Group("401-409", encryption.encryption),
    Group("500-517", encryption.decryption),
    Group("600-613 615-644", signature.signature),
    Group("700-737", verification.verification),
    Group("800-819", verification.digests),
    Group("900-908 908.2 909-914 914.2 915-919 919.2 920-924", data_objects.trade_data),
    Group("904.2 910.2 915.2", data_objects.trade_data_without_cps_data),
    Group("1000-1008", signature.sha256),
    Group("1300-1311", signature.probabilistic),
    Group("1200-1201", signature.mute_card),
    Group("1100-1125", contactless.technical_key),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case on one card; `got` is None when it was not reported."""

    number: str
    function: str
    expected: CKR
    got: CKR | None

    @property
    def reason(self) -> str:
        """Why it need not be as expected."""
        if self.got is None:
            return NOT_RUN.get(self.number, "")
        answer, reason = DELIBERATE.get(self.number, (self.expected, ""))
        return reason if self.got == answer != self.expected else ""

    @property
    def differs(self) -> bool:
        return self.got != self.expected and not self.reason


@dataclass(frozen=True, slots=True)
class Report:
    card: str
    outcomes: list[Outcome]
    broken: list[str]
    """How the groups ended that could not be played to their end."""

    @property
    def differences(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.differs]

    @property
    def good(self) -> bool:
        return not self.differences and not self.broken


def run(p11: Module, rig: Rig, name: str) -> Report:
    """The whole plan with the card of this name, as issued."""
    rig.insert(name)
    rig.clear_faults()
    rig.reissue()
    play = Play(p11, CPS3_CONTACTLESS if name == CPS3_CONTACTLESS.name else CARDS[name], rig)
    cases = [case for case in plan() if name in case.answers]
    here = {case.number for case in cases}
    broken = [_play(play, group) for group in GROUPS if here.intersection(numbers(group.cases))]
    broken += [f"{number} is not a case for this card" for number in play.results if number not in here]
    p11.C_Finalize(None)
    rig.reissue()
    return Report(name, [_outcome(case, name, play.results) for case in cases], [text for text in broken if text])


def _play(play: Play, group: Group) -> str:
    """What broke it off, if anything; the cases it did not come to are missing from the results then."""
    try:
        group.player(play)
    except (AssertionError, Refused, LookupError):
        play.p11.C_Finalize(None)
        play.rig.insert(play.card.name)
        return f"{group.cases} broke off:\n{traceback.format_exc()}"
    return ""


def _outcome(case: Case, card: str, results: dict[str, list[CKR]]) -> Outcome:
    """Of several answers the first that is not expected, as one of them is enough for a difference."""
    expected, answers = case.answers[card], results.get(case.number, [])
    got = next((answer for answer in answers if answer != expected), expected) if answers else None
    return Outcome(case.number, case.function, expected, got)
