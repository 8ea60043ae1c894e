"""A terminal of a given size: the test reads its screen and presses keys."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pyte

DOWN, ENTER, ESCAPE, PAGE_UP = "\x1b[B", "\r", "\x1b", "\x1b[5~"
HOME, F1, CTRL_Q, PAGE_DOWN = "\x1b[H", "\x1bOP", "\x11", "\x1b[6~"
_SECONDS = 30
_BETWEEN_KEYS = 0.02
# Queries and keyboard modes that pyte takes for text.
_UNKNOWN = re.compile(rb"\x1b\[[?>=<][0-9;]*(\$p|u)|\x1b\[[0-9;]*\$p|\x1b[P_\]][^\x1b\x07]*(\x1b\\|\x07)")


_COLOURS = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")


def _rendition(cell: Any) -> str:
    flags = [(cell.bold, 1), (cell.italics, 3), (cell.underscore, 4), (cell.reverse, 7)]
    chosen = [number for wanted, number in flags if wanted]
    return ";".join(map(str, (0, *chosen, *_colour(cell.fg, 30), *_colour(cell.bg, 40))))


def _colour(name: str, start: int) -> list[int]:
    bright = name.startswith("bright")
    plain = name.removeprefix("bright")
    return [start + 60 * bright + _COLOURS.index(plain)] if plain in _COLOURS else []


class ScreenTerminal:
    """`with` starts the program in the terminal and ends it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], columns: int = 80, lines: int = 24) -> None:
        self._command = command
        # A worker of pytest-xdist has these variables from its own terminal; they would override the size of this one.
        self._env = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")}
        self.size = columns, lines
        self.screen: Any = pyte.Screen(columns, lines)
        self._stream: Any = pyte.ByteStream(self.screen)
        self.code: int | None = None

    def __enter__(self) -> Self:
        columns, lines = self.size
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            # Before the program asks for it.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            os.execve(self._command[0], [*self._command], {"TERM": "xterm-256color", **self._env})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.code is None:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self._terminal)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def readable(self) -> str:
        """The text of the screen."""
        return self.text

    def picture(self) -> str:
        """The text with its styles, as escape sequences (ECMA-48, 8.3.117)."""
        columns, lines = self.size
        cells = [[self.screen.buffer[line][column] for column in range(columns)] for line in range(lines)]
        return "\n".join("".join(f"\x1b[{_rendition(each)}m{each.data}" for each in line) + "\x1b[m" for line in cells)

    def colours(self) -> set[str]:
        """The colours of text and background."""
        cells = [cell for line in self.screen.buffer.values() for cell in line.values()]
        return {colour for cell in cells for colour in (cell.fg, cell.bg)}

    def press(self, *keys: str) -> None:
        """Press keys one by one: Textual takes Escape and a key right after it for a third key."""
        for key in keys:
            os.write(self._terminal, key.encode())
            self._read(_BETWEEN_KEYS)

    def click(self, text: str) -> None:
        """Click on this text (xterm's SGR mouse reports, which count from 1)."""
        line = next(number for number, each in enumerate(self.lines) if text in each)
        place = f"{self.lines[line].index(text) + 1};{line + 1}"
        self.press(f"\x1b[<0;{place}M", f"\x1b[<0;{place}m")

    def turn_wheel(self, text: str) -> None:
        """Turn the wheel down over this text."""
        line = next(number for number, each in enumerate(self.lines) if text in each)
        self.press(f"\x1b[<65;{self.lines[line].index(text) + 1};{line + 1}M")

    def wait_for(self, *wanted: str, seconds: float = _SECONDS) -> None:
        """Wait until each text is on the screen.

        :raises AssertionError: when one does not come.
        """
        self.wait_until(lambda: all(each in self.readable() for each in wanted), seconds, f"{wanted}")

    def wait_until_gone(self, text: str) -> None:
        self.wait_until(lambda: text not in self.readable(), _SECONDS, f"still {text}")

    def wait_until(self, condition: Any, seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{what}:\n{self.text}"
            assert self._read(0.1) or condition(), f"{what}: the program has ended:\n{self.text}"

    def wait_for_end(self) -> int:
        """The exit code of the program."""
        end = time.monotonic() + _SECONDS
        while self._read(0.1):
            assert time.monotonic() < end, self.text
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self.code

    def _read(self, seconds: float) -> bool:
        """Read output; False when the program has closed its terminal."""
        end = time.monotonic() + seconds
        while select.select([self._terminal], [], [], max(0, end - time.monotonic()))[0]:
            try:
                said = os.read(self._terminal, 65536)
            except OSError:
                return False
            if not said:
                return False
            self._stream.feed(_UNKNOWN.sub(b"", said))
        return True
