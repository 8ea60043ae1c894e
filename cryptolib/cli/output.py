"""The output of commands: lines of facts, with colours in a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.severity import Severity

_STYLES = {Severity.OK: "green", Severity.WARNING: "yellow", Severity.FAILURE: "bold red", Severity.INFO: "cyan"}
# Yellow words cannot be read on a white ground, nor blue ones on a black one: words have the colour of the terminal.
_WORDS = {Severity.WARNING: "bold", Severity.FAILURE: "bold"}
SIGNS = {Severity.OK: "✔", Severity.WARNING: "▲", Severity.FAILURE: "✖", Severity.INFO: "•"}


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    text: str
    severity: Severity | None = None
    """None: a fact that is neither good nor bad."""
    advice: str = ""


class Output:
    def __init__(self, messages: Messages, console: Console | None = None) -> None:
        self._messages = messages
        self._console = console or Console(highlight=False)

    def panel(self, title: str, lines: Iterable[Line]) -> None:
        """Write facts in a frame: title, severity and text of each."""
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for line in lines:
            table.add_row(Text(line.title), self.severity(line.severity), self.text(line))
        self.show(Panel(table, title=Text(title), title_align="left"))

    def line(self, text: str, severity: Severity | None = None) -> None:
        self.show(Text.assemble(self.severity(severity), " " if severity else "", text))

    def plain(self, text: str) -> None:
        """Write a line without line breaks, so that it can be copied."""
        self.show(Text(text), soft_wrap=True)

    def exact(self, text: str) -> None:
        """Write text for a program or a file, unchanged."""
        self._console.file.write(f"{text}\n")

    def notice(self, text: str) -> None:
        """Write a message for the user that is not part of the output, on standard error."""
        sys.stderr.write(f"{text}\n")

    def clear(self) -> None:
        """Forget what was shown; has no effect in a terminal."""

    def show(self, content: RenderableType, *, soft_wrap: bool = False) -> None:
        """Write any content; all other methods use it."""
        self._console.print(content, soft_wrap=soft_wrap)

    def working(self, text: str) -> AbstractContextManager[object]:
        """Show a text while the card works, in a terminal only."""
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            return nullcontext()
        return self._console.status(text)

    def waiting_for_user(self, text: str) -> AbstractContextManager[object]:
        """Tell the user to do something outside the terminal, on the reader for instance."""
        Console(stderr=True, highlight=False).print(Text(text), soft_wrap=True)
        return nullcontext()

    def json(self, answer: object) -> None:
        """Write JSON; names and keys are the same in all languages."""
        self.exact(json.dumps(answer, ensure_ascii=False, indent=2))

    def severity(self, severity: Severity | None) -> Text:
        if severity is None:
            return Text()
        word = self._messages.text(f"severity.{severity}")
        return Text.assemble((SIGNS[severity], _STYLES[severity]), " ", (word, _WORDS.get(severity, "")))

    def text(self, line: Line) -> Text:
        return Text.assemble(line.text, ("\n" + line.advice, "italic")) if line.advice else Text(line.text)
