"""The messages from the threads to the screen; threads never touch a widget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.message import Message

from cryptolib.cli.failure import Failure
from cryptolib.cli.screen.questions import Question
from cryptolib.cli.watch import Change, Snapshot

if TYPE_CHECKING:
    from rich.console import RenderableType


class Event(Message):
    """A message from a thread."""


class ContentAdded(Event):
    """Add this content to the pane."""

    def __init__(self, content: RenderableType) -> None:
        super().__init__()
        self.content = content


class SummaryAdded(Event):
    """The last content is the summary of the output: keep it visible."""


class PaneCleared(Event):
    """The next content replaces the pane's content."""


class CardWorking(Event):
    """The card is working on this; an empty text ends it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class QuestionAsked(Event):
    """Ask the user; a thread waits for the answer."""

    def __init__(self, question: Question[Any]) -> None:
        super().__init__()
        self.question = question


class ActionEnded(Event):
    """The action has ended, with success or not."""


class ReadersSeen(Event):
    """The contents of the readers, and the changes since the last look."""

    def __init__(self, readers: dict[str, Snapshot], changes: Sequence[Change]) -> None:
        super().__init__()
        self.readers, self.changes = readers, changes


class DefectFound(Event):
    """The module does not start, or the command has a defect."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure
