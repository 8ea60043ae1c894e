"""Scripted faults: what goes wrong, at which command.

A fault is written as ``key=value`` words: ``after=3 ins=2A p1p2=9E9A do=remove``.

* which commands: ``cla``, ``ins``, ``p1``, ``p2``, ``p1p2`` in hexadecimal, ``data`` = hexadecimal prefix of the data
  field, ``command`` = regular expression searched in the whole command in upper case hexadecimal; none = every command;
* when: ``after=N`` lets N matching commands pass first, ``times=N`` or ``times=all`` repeats the fault (else once);
* what happens to the card: ``do=reset`` (the chip restarts by itself, then executes), ``do=remove`` (the card leaves
  the reader instead of answering), ``do=mute`` (no answer, then a restarted chip), ``do=hang seconds=S`` (it executes
  after that time);
* what happens to the answer: ``do=sw sw=6985`` (that status word and no data), ``do=truncate length=N`` (the first N
  bytes, status word included), ``do=half`` (the first half, likewise), ``do=lengthen length=N`` (N bytes of data more
  than were asked for), ``do=garble`` (other data, or another status word when there is no data), ``do=flip bit=N``
  (that bit inverted, counted round), ``do=endless`` (256 bytes and 61FF);
* ``execute=yes``: the chip executes the command before ``remove``, ``mute``, ``sw`` or ``endless``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

_CRITERIA = ("cla", "ins", "p1", "p2", "p1p2", "data", "command")
_KEYS = {*_CRITERIA, "after", "times", "do", "sw", "length", "bit", "seconds", "execute"}


class Action(Enum):
    """The effect of a fault in place of a normal exchange."""

    RESET = "reset"
    REMOVE = "remove"
    MUTE = "mute"
    HANG = "hang"
    SW = "sw"
    TRUNCATE = "truncate"
    HALF = "half"
    LENGTHEN = "lengthen"
    GARBLE = "garble"
    FLIP = "flip"
    ENDLESS = "endless"


_NEEDED = {
    Action.HANG: "seconds",
    Action.SW: "sw",
    Action.TRUNCATE: "length",
    Action.LENGTHEN: "length",
    Action.FLIP: "bit",
}
"""What some actions cannot do without."""


class CardRemoved(Exception):
    """The card left the reader before it answered."""


class CardMute(Exception):
    """The card does not answer."""


@dataclass(slots=True)
class Fault:
    """One scripted fault and how many matching commands it still waits for."""

    action: Action
    criteria: dict[str, str] = field(default_factory=dict)
    after: int = 0
    times: int | None = 1
    sw: int = 0
    length: int = 0
    bit: int = 0
    seconds: float = 0.0
    execute: bool = False

    @classmethod
    def parse(cls, spec: str) -> Fault:
        """Parse a fault; ValueError names the error."""
        words = dict(_word(word) for word in spec.split())
        if unknown := words.keys() - _KEYS:
            raise ValueError(f"unknown word in fault: {', '.join(sorted(unknown))}")
        try:
            action = Action(words["do"])
        except (KeyError, ValueError):
            raise ValueError(f"a fault needs do= one of {', '.join(action.value for action in Action)}") from None
        needed = _NEEDED.get(action)
        if needed is not None and needed not in words:
            raise ValueError(f"do={action.value} needs {needed}=")
        return cls(
            action,
            {key: words[key] if key == "command" else words[key].upper() for key in _CRITERIA if key in words},
            int(words.get("after", "0")),
            None if words.get("times") == "all" else int(words.get("times", "1")),
            int(words.get("sw", "0"), 16),
            int(words.get("length", "0")),
            int(words.get("bit", "0")),
            float(words.get("seconds", "0")),
            words.get("execute") == "yes",
        )

    def matches(self, command: bytes) -> bool:
        written = command.hex().upper()
        fields = {"cla": written[:2], "ins": written[2:4], "p1": written[4:6], "p2": written[6:8], "p1p2": written[4:8]}
        for key, wanted in self.criteria.items():
            if key == "command":
                if not re.search(wanted, written):
                    return False
            elif key == "data":
                if not written[10:].startswith(wanted):
                    return False
            elif fields[key] != wanted:
                return False
        return True


def _word(word: str) -> tuple[str, str]:
    key, separator, value = word.partition("=")
    if not separator or not value:
        raise ValueError(f"not key=value: {word!r}")
    return key, value


class FaultScript:
    """The faults to come; one that has happened often enough is forgotten."""

    def __init__(self, about_to_happen: Callable[[Fault], None] = lambda fault: None) -> None:
        """``about_to_happen`` is called with each fault that is about to happen."""
        self._faults: list[Fault] = []
        self._about_to_happen = about_to_happen

    def add(self, spec: str) -> None:
        self._faults.append(Fault.parse(spec))

    def clear(self) -> None:
        self._faults.clear()

    def due(self, command: bytes) -> Fault | None:
        """The fault that hits this command, if any."""
        for fault in self._faults:
            if not fault.matches(command):
                continue
            if fault.after:
                fault.after -= 1
                continue
            self._count(fault)
            self._about_to_happen(fault)
            return fault
        return None

    def _count(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self._faults.remove(fault)
