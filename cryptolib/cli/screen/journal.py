"""« Journal » of CPS Gestion: the actions and their results since the start."""

from __future__ import annotations

from datetime import datetime

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Output
from cryptolib.cli.severity import Severity


class Journal:
    """Messages of commands, never typed text."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, text: str) -> None:
        self.lines.append(f"{datetime.now().astimezone():%H:%M:%S}  {text}")


class JournalOutput(Output):
    """Records lines, which are results; panels are facts and are not recorded."""

    def __init__(self, messages: Messages, journal: Journal) -> None:
        super().__init__(messages)
        self._journal = journal

    def line(self, text: str, severity: Severity | None = None) -> None:
        self._journal.add(text)
        super().line(text, severity)

    def notice(self, text: str) -> None:
        self.line(text, Severity.WARNING)
