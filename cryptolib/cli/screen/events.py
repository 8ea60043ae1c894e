"""What the threads report to the screen: they touch nothing of it themselves."""

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
    """Of a thread."""


class Shown(Event):
    """Something to read."""

    def __init__(self, content: RenderableType) -> None:
        super().__init__()
        self.content = content


class Concluded(Event):
    """What was shown last is a sentence, which says what all of it comes to."""


class Cleared(Event):
    """What is shown next takes the place of all that was shown."""


class Working(Event):
    """The card works, or, without a text, does so no longer."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Asked(Event):
    """Somebody waits for the answer."""

    def __init__(self, question: Question[Any]) -> None:
        super().__init__()
        self.question = question


class Ended(Event):
    """What was asked for is done, or cannot be."""


class Looked(Event):
    """What is in the readers now, and what has changed since the last time."""

    def __init__(self, readers: dict[str, Snapshot], changes: Sequence[Change]) -> None:
        super().__init__()
        self.readers, self.changes = readers, changes


class Broken(Event):
    """What nobody can do anything about here: the module does not start, or the command has a defect."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure
