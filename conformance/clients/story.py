"""What a client must manage with a card, told once per kind of card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.clients.support.client_environment import World


class StoryFailed(Exception):
    """The client did not do what it should; the text says what it did instead."""


class ByNature(Exception):
    """What was asked is beyond the chip, and the client was told so cleanly; the text says why.

    A story raises it only after having seen that refusal: what begins to work one day must fail here.
    """


@dataclass(frozen=True, slots=True)
class Story:
    """One row of the table, for each of its cards."""

    client: str
    does: str
    tell: Callable[[World], None]
    cards: tuple[str, ...] = ("cps3", "cps4")
    windows: bool = False
    """Whether it needs a screen, and a hand that types in time. On a busy machine both wait for seconds at a time, now
    and then longer than any patience: continuous integration leaves such stories out.
    """

    @property
    def slug(self) -> str:
        """Its name in file names and on the command line: ``firefox-tls13``."""
        return f"{self.client} {self.tell.__name__}".lower().replace(" ", "-").replace("_", "-")


def expect(truth: bool, otherwise: str) -> None:
    """Raises StoryFailed, unless it is true."""
    if not truth:
        raise StoryFailed(otherwise)
