"""Runs one case: a new card, the scenario with the fault, the card put back, and the follow-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from conformance.robustness.faults.cases import Case
from conformance.robustness.faults.kinds import RETURN, Cause
from conformance.robustness.faults.process import Answer, Process, ProcessEnded
from conformance.robustness.faults.scenarios import scenarios
from conformance.testbed.cards import EVERY_CARD
from conformance.testbed.helper import RigError
from conformance.testbed.rig import Rig
from conformance.virtual_card.exchange_log import Exchange

CPS_DATA = "cps-data=256"
"""Every card has one, of the size that a write needs several commands for."""

BOUND_SECONDS = 10.0
"""A scenario ends within this time, the fault's own delay apart."""

_ANSWER_SECONDS = 30.0
"""For what is not measured: the preparation and the next operations."""

Tries = tuple[int, int]


class NotPrepared(Exception):
    """The scenario failed before the fault."""


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A scenario without a fault: its exchanges, its result, and the results of the follow-up."""

    exchanges: list[Exchange]
    result: object
    next: dict[str, object]


@dataclass(slots=True)
class Observation:
    """Everything observed in one case."""

    happened: bool = False
    """Whether the exchange came to pass at which the fault was due."""
    left: bool = False
    """Whether the reader found the card anew, as after an insertion."""
    run: Answer | None = None
    next: Answer | None = None
    """The operations after it."""
    again: Answer | None = None
    """The same at the next start, when those were all answered."""
    ended: str = ""
    tries: tuple[Tries, ...] = ()
    """Of the code porteur and the code de deblocage: before the scenario, after it, and after the next operations."""


class Runner:
    """A rig and its worker; both are replaced if the card cannot be reached after a case."""

    def __init__(self, card: str) -> None:
        self._card = card
        self._disconnect_started = False

    def __enter__(self) -> Self:
        self._rig = Rig(self._card).__enter__()
        self._process = Process(self._rig.env, self._rig.directory / "worker.log")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.close()
        self._rig.__exit__(kind, error, trace)

    def undisturbed(self, card: str) -> dict[str, Undisturbed]:
        """Every scenario of a card by name."""
        return {name: self._undisturbed(card, name) for name in scenarios(EVERY_CARD[card])}

    def observe(self, case: Case) -> Observation:
        seen = Observation()
        try:
            self._prepare(case.card, case.scenario)
            self._disturb(case, seen)
            self._continue(case, seen)
        except ProcessEnded as ended:
            seen.ended = str(ended)
        except (RigError, NotPrepared) as error:
            seen.ended = f"the card is out of reach: {error}"
        if seen.ended:
            self._replace()
        return seen

    def _undisturbed(self, card: str, scenario: str) -> Undisturbed:
        self._prepare(card, scenario)
        run = self._process.order("run", seconds=_ANSWER_SECONDS)
        exchanges = self._rig.log()
        after = self._process.order("follow-up", seconds=_ANSWER_SECONDS)
        again = self._process.order("start again", seconds=_ANSWER_SECONDS)
        self._process.order("end", seconds=_ANSWER_SECONDS)
        for answer in (run, after, again):
            if answer.refused or answer.wrong or answer.overruns:
                raise NotPrepared(f"{card}/{scenario}: {answer}")
        assert isinstance(after.result, dict)
        return Undisturbed(exchanges, run.result, after.result)

    def _prepare(self, card: str, scenario: str) -> None:
        self._as_issued(card)
        answer = self._process.order("prepare", card, scenario, seconds=_ANSWER_SECONDS)
        if answer.refused or answer.wrong:
            raise NotPrepared(f"{card}/{scenario}: {answer}")
        self._rig.clear_log()

    def _as_issued(self, card: str) -> None:
        self._rig.clear_faults()
        self._rig.insert(card)
        self._rig.vary(CPS_DATA)
        self._rig.clear_cache()
        self._answering(self._rig.reset_card)

    def _answering(self, try_it: Callable[[], None]) -> None:
        """Remove a card that pcscd takes for mute, as its holder would, and insert it again."""
        try:
            try_it()
        except RigError:
            self._rig.remove()
            self._rig.insert()

    def _disturb(self, case: Case, seen: Observation) -> None:
        seen.tries += (self._tries(case.card),)
        self._rig.fault(case.spec)
        try:
            seen.run = self._run(case)
        finally:
            seen.happened = self._rig.faulted()

    def _continue(self, case: Case, seen: Observation) -> None:
        """Insert the card again if necessary, and continue with the application."""
        self._rig.clear_faults()
        self._rig.insert()
        if case.fault.cause is Cause.MUTE:
            self._answering(self._rig.connect_as_another)
        seen.left = "power on" in self._rig.events()
        seen.tries += (self._tries(case.card),)
        seen.next = self._process.order("follow-up", seconds=_ANSWER_SECONDS)
        if not seen.next.refused and not seen.next.wrong:
            seen.again = self._process.order("start again", seconds=_ANSWER_SECONDS)
        seen.tries += (self._tries(case.card),)
        self._process.order("end", seconds=_ANSWER_SECONDS)

    def _replace(self) -> None:
        self.__exit__(None, None, None)
        self._disconnect_started = False
        self.__enter__()

    def _run(self, case: Case) -> Answer:
        seconds = BOUND_SECONDS + case.fault.seconds
        if not case.fault.meanwhile:
            return self._process.order("run", seconds=seconds)

        started = False

        def meanwhile() -> None:
            nonlocal started
            if not started and self._rig.faulted():
                started = True
                self._happen(case.fault.meanwhile)

        def between() -> None:
            meanwhile()
            self._finish_disconnect()

        answer = self._process.run_in_steps(seconds, meanwhile, between)
        between()
        return answer

    def _happen(self, what: str) -> None:
        if what == RETURN:
            self._rig.insert()
        else:
            self._rig.start_disconnect(what)
            self._disconnect_started = True

    def _finish_disconnect(self) -> None:
        if self._disconnect_started:
            self._disconnect_started = False
            self._rig.finish_disconnect()

    def _tries(self, card: str) -> Tries:
        """The tries left; none on a card without codes."""
        return (self._rig.pin_tries, self._rig.puk_tries) if EVERY_CARD[card].has_pin else (0, 0)
