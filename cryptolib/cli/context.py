"""What every command works with: the user's language, where it writes, and whether a program is listening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptolib.cli.output import Output
    from cryptolib.cli.words.language import Words


@dataclass(frozen=True, slots=True)
class Context:
    say: Words
    output: Output
    json: bool
    """Answer in JSON: a program reads it, and nobody can be asked anything."""
