"""The control socket: one command per line, one line back, ``ok`` with its result or ``error`` with the reason.

* ``insert [CARD]`` by its name, such as ``cps3`` or ``cps4:pharmacist``; the same card again when none is named;
  ``upside-down`` likewise; ``remove``
* ``fault SPEC`` as conformance.virtual_card.faults says; ``clear-faults``
* ``new-pins`` PIN, PUK and counters as issued; ``reset`` the files written by applications as well
* ``file PATH HEX`` puts a file that anybody may read on the card, or in place of one; ``file PATH`` takes it off
* ``vary [VARIATION...]`` a new card of this profile with these (variations.py), as issued without any
* ``counters`` tries left of PIN and PUK; ``latency SPEC``
* ``status`` the card and ``present``, ``mute``, ``absent`` or ``waiting`` until the reader driver has noticed it
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.virtual_card.latency import checked
from conformance.virtual_card.profiles import profile_of
from conformance.virtual_card.server import Reader


class Control:
    """The commands, by name."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._commands: dict[str, Callable[[str], str]] = {
            "insert": lambda argument: self._insert(argument, upside_down=False),
            "upside-down": lambda argument: self._insert(argument, upside_down=True),
            "remove": self._remove,
            "fault": self._fault,
            "clear-faults": self._clear_faults,
            "new-pins": self._new_pins,
            "reset": self._reset,
            "file": self._file,
            "vary": self._vary,
            "counters": self._counters,
            "status": self._status,
            "latency": self._latency,
        }

    def execute(self, line: str) -> str:
        name, _, argument = line.partition(" ")
        command = self._commands.get(name)
        if command is None:
            return f"error unknown command {name!r}"
        try:
            return f"ok {command(argument.strip())}".strip()
        except (ValueError, LookupError) as error:
            return f"error {error}"

    def _insert(self, argument: str, *, upside_down: bool) -> str:
        card = argument or self._reader.card.name
        profile_of(card)
        self._reader.insert(card, upside_down=upside_down)
        return ""

    def _remove(self, argument: str) -> str:
        if self._reader.inserted:
            self._reader.remove()
        return ""

    def _fault(self, argument: str) -> str:
        self._reader.faults.add(argument)
        return ""

    def _clear_faults(self, argument: str) -> str:
        self._reader.faults.clear()
        return ""

    def _new_pins(self, argument: str) -> str:
        self._reader.card.state.restore_pins()
        return ""

    def _reset(self, argument: str) -> str:
        self._reader.card.restore()
        return ""

    def _file(self, argument: str) -> str:
        path, _, content = argument.partition(" ")
        files = self._reader.card.files
        if content:
            files.add(path, bytes.fromhex(content))
        else:
            files.remove(path)
        return ""

    def _vary(self, argument: str) -> str:
        self._reader.vary(*argument.split())
        return ""

    def _counters(self, argument: str) -> str:
        return f"{self._reader.card.pin_tries} {self._reader.card.puk_tries}"

    def _status(self, argument: str) -> str:
        if not self._reader.inserted:
            return f"{self._reader.card.name} absent"
        if self._reader.upside_down:
            return f"{self._reader.card.name} mute"
        return f"{self._reader.card.name} {'present' if self._reader.noticed else 'waiting'}"

    def _latency(self, argument: str) -> str:
        self._reader.speed = checked(argument)
        return ""
