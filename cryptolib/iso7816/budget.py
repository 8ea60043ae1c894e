"""Limits what one call may ask of a card, so that a card that never comes to an end is given up.

Reading a whole card takes some sixty exchanges, and seconds on a slow one. C_GenerateRandom takes eight bytes per
exchange, two thousand exchanges at most.
"""

from __future__ import annotations

from _thread import _local
from time import monotonic

from cryptolib.iso7816.connection import TransportError

EXCHANGES = 4096
RECEIVED = 512 * 1024
"""In bytes."""
SECONDS = 60
"""From the first exchange of a call to the begin of its last; the reader limits the time of each exchange."""


class BudgetSpent(TransportError):
    """The card went on answering beyond the limits of a call."""


class _Calls(_local):
    """The running call of each thread, None outside a call."""

    number: object = None


_calls = _Calls()


def begin_call() -> None:
    """A new call begins in this thread."""
    _calls.number = object()


class Budget:
    """What the running call may still ask of one card. Outside calls, each transaction has a budget of its own."""

    __slots__ = ("_call", "_exchanges", "_received", "_until")

    def __init__(self) -> None:
        self._call: object = None
        self._until: float | None = None
        self._start()

    def begin(self) -> None:
        """Begin a transaction: the first of a call fills the budget, later ones use what is left."""
        call = _calls.number
        if call is None or call is not self._call:
            self._call = call
            self._start()

    def spend(self) -> None:
        """Count an exchange before it is sent. Raises BudgetSpent."""
        now = monotonic()
        if self._until is None:
            self._until = now + SECONDS
        self._exchanges -= 1
        if self._exchanges < 0 or now > self._until:
            raise BudgetSpent("too many exchanges" if self._exchanges < 0 else "too much time")

    def extend(self, seconds: float) -> None:
        """Do not count these seconds: the reader waited for its user."""
        if self._until is not None:
            self._until += seconds

    def received(self, length: int) -> None:
        """Count received bytes. Raises BudgetSpent."""
        self._received -= length
        if self._received < 0:
            raise BudgetSpent("too many bytes")

    def _start(self) -> None:
        self._exchanges = EXCHANGES
        self._received = RECEIVED
        self._until = None
