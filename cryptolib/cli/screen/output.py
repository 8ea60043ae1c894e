"""Sends the output of commands to the pane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Line
from cryptolib.cli.screen.events import CardWorking, ContentAdded, Event, PaneCleared, SummaryAdded
from cryptolib.cli.screen.journal import Journal, JournalOutput
from cryptolib.cli.severity import Severity

TITLE_WIDTH = 22
"""Columns. A longer title takes two lines: the menu leaves 50 columns of 80."""


class PaneOutput(JournalOutput):
    """Called in the working thread; `post` passes an event to the thread of the screen."""

    def __init__(self, messages: Messages, journal: Journal, post: Callable[[Event], object]) -> None:
        super().__init__(messages, journal)
        self._post = post
        self._printed: list[str] = []

    def panel(self, title: str, lines: Iterable[Line]) -> None:
        """Without a frame, which takes room and which a screen reader reads aloud."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=TITLE_WIDTH)
        table.add_column(overflow="fold")
        for line in lines:
            severity = self.severity(line.severity)
            table.add_row(Text(line.title), Text.assemble(severity, " " if severity else "", self.text(line)))
        self.show(Group(Text(title, "bold"), table, Text()))

    def line(self, text: str, severity: Severity | None = None) -> None:
        self._printed.append(text)
        super().line(text, severity)
        self._post(SummaryAdded())

    def exact(self, text: str) -> None:
        self.plain(text)

    def clear(self) -> None:
        self._printed.clear()
        self._post(PaneCleared())

    def take_printed(self) -> str:
        """The lines since the last call, to be repeated in the next question, which covers them."""
        printed, self._printed = self._printed, []
        return "\n".join(printed)

    def show(self, content: RenderableType, *, soft_wrap: bool = False) -> None:
        self._post(ContentAdded(content))

    def waiting_for_user(self, text: str) -> AbstractContextManager[None]:
        """Show the text in the state line until the user has done it."""
        return self.working(text)

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        self._post(CardWorking(text))
        try:
            yield
        finally:
            self._post(CardWorking(""))
