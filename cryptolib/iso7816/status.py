"""Status words (ISO/IEC 7816-4:2020, 5.6)."""

from __future__ import annotations

OK = 0x9000


class StatusWordError(Exception):
    """A command ended with another status word than 9000. `sw` is the word, `command` names the command."""

    def __init__(self, sw: int, command: str) -> None:
        super().__init__(f"{sw:04X} at {command}")
        self.sw = sw
        self.command = command
