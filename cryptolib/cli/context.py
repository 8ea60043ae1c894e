"""The context of every command: language, output, and whether a program reads the output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptolib.cli.code import Code
    from cryptolib.cli.messages.language import Messages
    from cryptolib.cli.output import Output


class Dialogue(Protocol):
    """Asks the user by other means than lines in a terminal."""

    def code(self, prompt: str) -> Code:
        """A code; empty if the user gives none."""

    def confirmed(self, question: str) -> bool:
        """True if the user says yes."""

    def choice(self, prompt: str, choices: Sequence[str], *, of_card: bool = False) -> int | None:
        """The index of the choice; None if the user cancels. A choice `of_card` ends when the card is removed."""


@dataclass(frozen=True, slots=True)
class Context:
    messages: Messages
    output: Output
    json: bool
    """Answer in JSON: a program reads it, and nobody can be asked anything."""
    dialogue: Dialogue | None = None
    """None: the terminal, if there is one."""

    def text(self, key: str, **values: object) -> str:
        """A message in the user's language."""
        return self.messages.text(key, **values)
