"""The code porteur: asked for when the card has one that can still be used, and presented once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pkcs11.exceptions import PinIncorrect, PinLocked

from cryptolib.cli.cards import Card, Tries, card_in_use
from cryptolib.cli.codes.entry import ask_code, confirmed
from cryptolib.cli.codes.kinds import Kind, locked
from cryptolib.cli.codes.lengths import lengths
from cryptolib.cli.codes.rules import Lengths
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.module import registered_path
from cryptolib.cli.options import CodeOptions

if TYPE_CHECKING:
    from pkcs11 import Session


@contextmanager
def holder_session(context: Context, card: Card, options: CodeOptions, *, rw: bool = False) -> Iterator[Session]:
    """A session after the code porteur, which is asked for here; on a card without any, a session of everybody."""
    code = None
    if card.code is not Tries.NONE:
        require_code_porteur(context, card, options)
        code = ask_code(context, options.pin_fd, context.text("code.prompt"), code_lengths(card))
    with card_in_use():
        if code is None:
            session = card.token.open(rw=rw)
        else:
            with presenting(context, card, options, Kind.PORTEUR):
                session = card.token.open(rw=rw, user_pin=code)
        del code
        with session:
            yield session


def require_code_porteur(context: Context, card: Card, options: CodeOptions) -> None:
    """Raises Failure when it cannot be used, or when its last try is not to be spent."""
    if card.code is Tries.NONE:
        raise Failure("failure.no_code")
    if card.code is Tries.LOCKED:
        raise locked(card)
    confirm_last_try(context, card.code, options, Kind.PORTEUR)


def confirm_last_try(context: Context, left: Tries, options: CodeOptions, kind: Kind) -> None:
    """Nobody spends the last try without wanting it."""
    if left is Tries.LAST and not options.force and not confirmed(context, context.text(kind.value.last_try)):
        raise Failure(kind.value.kept, Exit.REFUSED)


def code_lengths(card: Card) -> Lengths:
    with card_in_use():
        return lengths(registered_path(), card.token.slot.slot_id)


@contextmanager
def presenting(context: Context, card: Card, options: CodeOptions, kind: Kind) -> Iterator[None]:
    """A code is presented in this block, to the card that it was asked for: typing it took its time."""
    with card_in_use():
        if card.token.slot.get_token().serial != card.token.serial:
            raise Failure("failure.other_card", Exit.REFUSED)
        before = (card.code, card.unblocking)[kind.value.position]
        if kind.tries_now(card) is Tries.LAST and before is not Tries.LAST and not options.force:
            raise Failure(kind.value.kept, Exit.REFUSED)
        try:
            with context.output.working(context.text("working.presenting")):
                yield
        except (PinIncorrect, PinLocked) as error:
            raise kind.refused(card) from error
