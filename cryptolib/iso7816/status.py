"""Status words (ISO/IEC 7816-4:2020, 5.6)."""

from __future__ import annotations

OK = 0x9000
END_OF_FILE = 0x6282


class StatusWordError(Exception):
    """A command ended with another status word than 9000: `sw`. `command` names the command, `data` came before it."""

    def __init__(self, sw: int, command: str, data: bytes = b"") -> None:
        super().__init__(f"{sw:04X} at {command}")
        self.sw = sw
        self.command = command
        self.data = data
