"""What every command works with: the words of the user's language, the screen, and whether a program is listening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptolib.gestion.screen import Screen
    from cryptolib.gestion.words.language import Words


@dataclass(frozen=True, slots=True)
class Context:
    say: Words
    screen: Screen
    json: bool
    """Answer in JSON: a program reads it, and nobody can be asked anything."""
