"""Output for a person: colours only in a terminal that wants them (NO_COLOR, TERM), ASCII without UTF-8."""

import os
import textwrap
from typing import TextIO

WIDTH = 110


class Terminal:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        wanted = out.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self._bold, self._dim, self._green, self._red, self._plain = (
            ("\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m") if wanted else ("",) * 5
        )
        utf8 = (out.encoding or "").lower().replace("-", "") == "utf8"
        self._tick, self._cross = ("✓", "✗") if utf8 else ("ok", "FAILED")

    def title(self, name: str, subtitle: str) -> None:
        self._print()
        self._print(f"{self._bold}{name}{self._plain}  {self._dim}{subtitle}{self._plain}".rstrip())

    def fact(self, name: str, value: str) -> None:
        self._print(f"  {name}: {value}")

    def done(self, what: str, cost: str) -> None:
        self._print(f"  {self._green}{self._tick}{self._plain} {what}  {self._dim}({cost}){self._plain}")

    def detail(self, line: str) -> None:
        for part in textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False) or [""]:
            self._print(f"      {part}")

    def failed(self, why: str) -> None:
        self._print(f"  {self._red}{self._cross}{self._plain} {why.replace(os.linesep, os.linesep + '      ')}")

    def command(self, command: str, why: str) -> None:
        self._print(f"  {self._dim}# {why}{self._plain}")
        self._print(f"  {command}")

    def _print(self, line: str = "") -> None:
        print(line, file=self._out, flush=True)
