"""How lines of facts are shown: on a terminal with colours, and the same in words for everybody else."""

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
        """Facts in a frame: what each is about, how good it is, what it is."""
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
        """A line that is never broken, so that it can be copied."""
        self.show(Text(text), soft_wrap=True)

    def exact(self, text: str) -> None:
        """What a program reads, or a file gets: not a character is changed."""
        self._console.file.write(f"{text}\n")

    def aside(self, text: str) -> None:
        """What is said beside that to the user."""
        sys.stderr.write(f"{text}\n")

    def clear(self) -> None:
        """What was shown has been read. Lines on a terminal stay there all the same."""

    def show(self, content: RenderableType, *, soft_wrap: bool = False) -> None:
        """Where all of it ends up."""
        self._console.print(content, soft_wrap=soft_wrap)

    def working(self, text: str) -> AbstractContextManager[object]:
        """Says so for as long as the card works, to who looks at a terminal."""
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            return nullcontext()
        return self._console.status(text)

    def elsewhere(self, text: str) -> AbstractContextManager[object]:
        """Tells what the user has to do elsewhere, before this command can go on; apart from what it has to say."""
        Console(stderr=True, highlight=False).print(Text(text), soft_wrap=True)
        return nullcontext()

    def json(self, answer: object) -> None:
        """For programs: names and keys are the same in every language."""
        self.exact(json.dumps(answer, ensure_ascii=False, indent=2))

    def severity(self, severity: Severity | None) -> Text:
        if severity is None:
            return Text()
        return Text(f"{SIGNS[severity]} {self._messages.text(f'severity.{severity}')}", _STYLES[severity])

    def text(self, line: Line) -> Text:
        return Text.assemble(line.text, ("\n" + line.advice, "italic")) if line.advice else Text(line.text)
