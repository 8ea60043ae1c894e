"""What every command works with: the user's language, where it writes, and whether a program is listening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptolib.cli.codes.code import Code
    from cryptolib.cli.messages.language import Messages
    from cryptolib.cli.output import Output


class Dialogue(Protocol):
    """Asks the user, where the lines of a terminal do not."""

    def code(self, prompt: str) -> Code:
        """Empty when none is given."""

    def confirmed(self, question: str) -> bool:
        """Whether the user says yes."""

    def choice(self, prompt: str, choices: Sequence[str], *, of_card: bool = False) -> int | None:
        """Which of them, from 0; None when the user wants none. A choice `of_card` ends when that is taken away."""


@dataclass(frozen=True, slots=True)
class Context:
    messages: Messages
    output: Output
    json: bool
    """Answer in JSON: a program reads it, and nobody can be asked anything."""
    dialogue: Dialogue | None = None
    """None: the terminal, if there is one."""

    def text(self, key: str, **values: object) -> str:
        """A sentence in the user's language."""
        return self.messages.text(key, **values)
