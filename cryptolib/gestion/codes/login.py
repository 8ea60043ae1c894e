"""The code porteur: asked for when the card has one that can still be used, presented once, and what a refusal says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pkcs11.exceptions import PinIncorrect, PinLocked

from cryptolib.gestion.cards import Card, Tries, card_in_use, tries
from cryptolib.gestion.codes.entry import ask, confirmed, somebody_there
from cryptolib.gestion.codes.lengths import lengths
from cryptolib.gestion.codes.rules import Lengths, possible
from cryptolib.gestion.context import Context
from cryptolib.gestion.exits import Exit
from cryptolib.gestion.failure import Failure
from cryptolib.gestion.module import registered_path
from cryptolib.gestion.options import CodeOptions

if TYPE_CHECKING:
    from pkcs11 import Session


@contextmanager
def holder_session(context: Context, card: Card, options: CodeOptions, *, rw: bool = False) -> Iterator[Session]:
    """A session after the code porteur, which is asked for here; on a card without any, a session of everybody."""
    code = None
    if card.code is not Tries.NONE:
        require_tries(context, card, options)
        code = ask_code(context, options, context.say("code.prompt"), code_lengths(card))
    with card_in_use():
        with refusals(card), context.screen.working(context.say("working.reading")):
            session = card.token.open(rw=rw, user_pin=code)
        del code
        with session:
            yield session


def require_tries(context: Context, card: Card, options: CodeOptions) -> None:
    """Nobody spends the last try without wanting it. Raises Failure when there is none, or when it is kept."""
    if card.code is Tries.NONE:
        raise Failure("failure.no_code")
    if card.code is Tries.LOCKED:
        raise blocked(card)
    if card.code is Tries.LAST and not options.force and not confirmed(context, context.say("code.last_try")):
        raise Failure("failure.last_try", Exit.REFUSED)


def blocked(card: Card) -> Failure:
    """The code porteur is blocked: what can still be done depends on the code de déblocage."""
    key = "failure.unusable" if card.unblocking is Tries.LOCKED else "failure.locked"
    return Failure(key, Exit.BLOCKED)


def code_lengths(card: Card) -> Lengths:
    with card_in_use():
        return lengths(registered_path(), card.token.slot.slot_id)


def ask_code(context: Context, options: CodeOptions, prompt: str, allowed: Lengths) -> str:
    """A code that can be one. Who sits at a terminal is asked until it is, as nothing is lost by that."""
    while True:
        code = ask(context, prompt, options.pin_fd)
        if not code:
            raise Failure("failure.no_code_given", Exit.REFUSED)
        if possible(code, allowed):
            return code
        if options.pin_fd is not None or not somebody_there(context):
            raise Failure("failure.impossible_code", Exit.REFUSED, length=allowed)
        context.screen.line(context.say("failure.impossible_code", length=allowed))


@contextmanager
def refusals(card: Card) -> Iterator[None]:
    """A code porteur is presented in this block."""
    try:
        yield
    except (PinIncorrect, PinLocked) as error:
        # Asked of the card: a CPS3 calls the third wrong code incorrect like the ones before.
        left = tries(card.token.slot.get_token().flags)[0]
        if left is Tries.LOCKED:
            raise Failure("failure.now_locked", Exit.BLOCKED) from error
        key = "failure.wrong_code_last" if left is Tries.LAST else "failure.wrong_code"
        raise Failure(key, Exit.WRONG_CODE) from error
