"""What every command works with: the user's language, where it writes, and whether a program is listening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptolib.cli.messages.language import Messages
    from cryptolib.cli.output import Output


@dataclass(frozen=True, slots=True)
class Context:
    messages: Messages
    output: Output
    json: bool
    """Answer in JSON: a program reads it, and nobody can be asked anything."""

    def text(self, key: str, **values: object) -> str:
        """A sentence in the user's language."""
        return self.messages.text(key, **values)
