"""One case of the matrix: this fault, at this exchange of this scenario, with this card; and how it is written."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.robustness.faults.kinds import KINDS, Kind
from conformance.robustness.faults.scenarios import Scenario, scenarios
from conformance.testbed.cards import EVERY_CARD

_BIT = "@"


@dataclass(frozen=True, slots=True)
class Case:
    card: str
    scenario: str
    exchange: int
    kind: str
    bit: int = 0
    """Which bit of the answer the fault that inverts one inverts."""

    @classmethod
    def parse(cls, written: str) -> Case:
        """Parse ``cps4/login/0/one bit@37``; ValueError for an unknown card, scenario or fault."""
        card, scenario, exchange, kind = written.split("/")
        kind, _, bit = kind.partition(_BIT)
        if card not in EVERY_CARD or scenario not in scenarios(EVERY_CARD[card]) or kind not in KINDS:
            raise ValueError(written)
        return cls(card, scenario, int(exchange), kind, int(bit or "0"))

    def __str__(self) -> str:
        which = f"{_BIT}{self.bit}" if "{bit}" in self.fault.spec else ""
        return f"{self.card}/{self.scenario}/{self.exchange}/{self.kind}{which}"

    @property
    def what(self) -> Scenario:
        return scenarios(EVERY_CARD[self.card])[self.scenario]

    @property
    def fault(self) -> Kind:
        return KINDS[self.kind]

    @property
    def spec(self) -> str:
        return f"{self.fault.spec.format(bit=self.bit)} after={self.exchange}"
