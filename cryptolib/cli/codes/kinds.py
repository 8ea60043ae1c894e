"""The two codes of a card, with the messages about each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cryptolib.cli.cards import Card, Tries, tries
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure


@dataclass(frozen=True, slots=True)
class _Names:
    position: int
    """Among the tries that a token gives."""
    last_try: str
    """What is asked before the last try of it is spent."""
    kept: str
    wrong: str
    wrong_last: str
    now_locked: str


class Kind(Enum):
    PORTEUR = _Names(
        0,
        "code.last_try",
        "failure.last_try",
        "failure.wrong_code",
        "failure.wrong_code_last",
        "failure.now_locked",
    )
    UNBLOCKING = _Names(
        1,
        "code.unblocking_last_try",
        "failure.unblocking_last_try",
        "failure.wrong_unblocking",
        "failure.wrong_unblocking_last",
        "failure.unblocking_now_locked",
    )

    def tries_now(self, card: Card) -> Tries:
        """Ask the card: after the third wrong code a CPS3 answers as after the first."""
        return tries(card.token.slot.get_token().flags)[self.value.position]

    def refused(self, card: Card) -> Failure:
        """The failure to report when the card has refused this code."""
        left = self.tries_now(card)
        if left is Tries.LOCKED:
            return Failure(self.value.now_locked, Exit.BLOCKED)
        return Failure(self.value.wrong_last if left is Tries.LAST else self.value.wrong, Exit.WRONG_CODE)


def locked(card: Card) -> Failure:
    """The failure for a blocked code porteur; the advice depends on the code de déblocage."""
    key = "failure.unusable" if card.unusable else "failure.locked"
    return Failure(key, Exit.BLOCKED)


def unblocking_locked(card: Card) -> Failure:
    key = "failure.unusable" if card.unusable else "failure.unblocking_locked"
    return Failure(key, Exit.BLOCKED)
