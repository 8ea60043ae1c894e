"""The APDU log: a line per exchange, with masked codes; lines with ``#`` are events of the card.

``<time> <command> <response data or -> <SW or -> <milliseconds>``
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_CODE_COMMANDS = {0x20, 0x24, 0x2C}
_MASK = 0x2A


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command and its answer with status word; the answer is empty if the card gave none."""

    command: bytes
    response: bytes
    milliseconds: float

    @property
    def sw(self) -> int:
        return int.from_bytes(self.response[-2:], "big")


def masked(command: bytes) -> bytes:
    """The command with every byte of a code masked."""
    if len(command) > 5 and command[1] in _CODE_COMMANDS:
        return command[:5] + bytes((_MASK,)) * (len(command) - 5)
    return command


def format_line(exchange: Exchange, when: datetime) -> str:
    data, sw = exchange.response[:-2].hex().upper(), exchange.response[-2:].hex().upper()
    command = masked(exchange.command).hex().upper()
    return f"{when:%H:%M:%S.%f} {command or '-'} {data or '-'} {sw or '-'} {exchange.milliseconds:.3f}"


def parse_lines(text: str) -> Iterator[Exchange]:
    """The exchanges of a log, in order."""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        _, command, data, sw, milliseconds = line.split()
        yield Exchange(_bytes(command), _bytes(data) + _bytes(sw), float(milliseconds))


def _bytes(written: str) -> bytes:
    return b"" if written == "-" else bytes.fromhex(written)


class ExchangeLog:
    """Appends to a file; writes each line before the answer leaves the card."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self._path = Path(path) if path is not None else None

    def exchange(self, exchange: Exchange) -> None:
        self._write(format_line(exchange, datetime.now()))

    def event(self, what: str) -> None:
        self._write(f"# {datetime.now():%H:%M:%S.%f} {what}")

    def _write(self, line: str) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="ascii") as file:
                file.write(line + "\n")
