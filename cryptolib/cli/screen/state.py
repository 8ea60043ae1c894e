"""The state of an open screen: the chosen reader, the journal, and the way to ask the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptolib.cli.card_choice import library
from cryptolib.cli.cards import ReaderState
from cryptolib.cli.context import Context
from cryptolib.cli.options import CodeOptions
from cryptolib.cli.screen.journal import Journal, JournalOutput
from cryptolib.cli.watch import snapshots


class Questions(Protocol):
    """Asks other things than codes. Empty, or None, if the user cancels."""

    def line(self, prompt: str) -> str: ...

    def choice(self, prompt: str, choices: Sequence[str]) -> int | None: ...

    def new_card(self, prompt: str) -> None:
        """Wait until another card is inserted."""


@dataclass(slots=True)
class State:
    context: Context
    output: JournalOutput
    """That of the context."""
    questions: Questions
    journal: Journal
    reader: str | None = None
    """The one that the user chose; None: the first one with a CPS card."""

    def options(self) -> CodeOptions:
        """The options of commands for the current reader. Raises Failure when the module does not start."""
        return CodeOptions(reader=self.reader or self._first_with_card(), pin_fd=None, force=False)

    def _first_with_card(self) -> str | None:
        found = snapshots(library())
        return next((name for name, now in found.items() if now.state is ReaderState.CPS), None)
