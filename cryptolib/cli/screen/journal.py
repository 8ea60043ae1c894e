"""« Journal » of CPS Gestion: what was done and what came of it, since the start."""

from __future__ import annotations

from datetime import datetime

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Output
from cryptolib.cli.severity import Severity


class Journal:
    """Sentences of the command, never what was typed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, text: str) -> None:
        self.lines.append(f"{datetime.now().astimezone():%H:%M:%S}  {text}")


class JournalOutput(Output):
    """Lines say what was done, or why not; facts in frames do not."""

    def __init__(self, messages: Messages, journal: Journal) -> None:
        super().__init__(messages)
        self._journal = journal

    def line(self, text: str, severity: Severity | None = None) -> None:
        self._journal.add(text)
        super().line(text, severity)

    def aside(self, text: str) -> None:
        self.line(text, Severity.WARNING)
