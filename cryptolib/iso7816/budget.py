"""What one call of the host may have a card do: a card that never comes to an end is given up.

A call that reads everything of a card takes some sixty exchanges and seconds of a slow one; random bytes come eight at
a time, two thousand exchanges for the most that one call gives.
"""

from __future__ import annotations

from _thread import _local
from time import monotonic

from cryptolib.iso7816.connection import TransportError

EXCHANGES = 4096
RECEIVED = 512 * 1024
"""In bytes."""
SECONDS = 60
"""Between the first exchange of a call and the beginning of its last; the reader bounds each of them."""


class BudgetSpent(TransportError):
    """The card answered, and went on answering beyond what any call needs."""


class _Calls(_local):
    """Per thread: which call is under way, None outside any."""

    number: object = None


_calls = _Calls()


def begin_call() -> None:
    """From here on this thread works for another call of the host."""
    _calls.number = object()


class Budget:
    """What is left for one card during the call under way. Outside calls every transaction has a budget of its own."""

    __slots__ = ("_call", "_exchanges", "_received", "_until")

    def __init__(self) -> None:
        self._call: object = None
        self._until: float | None = None
        self._start()

    def begin(self) -> None:
        """A transaction begins: the first of a call finds the budget full, later ones what is left of it."""
        call = _calls.number
        if call is None or call is not self._call:
            self._call = call
            self._start()

    def spend(self) -> None:
        """One exchange is to follow. Raises BudgetSpent."""
        now = monotonic()
        if self._until is None:
            self._until = now + SECONDS
        self._exchanges -= 1
        if self._exchanges < 0 or now > self._until:
            raise BudgetSpent("too many exchanges" if self._exchanges < 0 else "too much time")

    def excuse(self, seconds: float) -> None:
        """So long nobody waited for the card: the reader waited for its user."""
        if self._until is not None:
            self._until += seconds

    def received(self, length: int) -> None:
        """So many bytes came. Raises BudgetSpent."""
        self._received -= length
        if self._received < 0:
            raise BudgetSpent("too many bytes")

    def _start(self) -> None:
        self._exchanges = EXCHANGES
        self._received = RECEIVED
        self._until = None
