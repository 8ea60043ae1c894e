"""A session for a command that needs the code porteur: it is asked for when the card has one that can still be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING

from cryptolib.cli.cards import Card, Tries, card_in_use
from cryptolib.cli.codes.entry import ask_code, confirmed
from cryptolib.cli.codes.keypad import asked_on_reader, typed_on_reader
from cryptolib.cli.codes.kinds import Kind, locked
from cryptolib.cli.codes.presentation import code_lengths, open_for_holder
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.options import CodeOptions

if TYPE_CHECKING:
    from pkcs11 import Session


@contextmanager
def holder_session(context: Context, card: Card, options: CodeOptions, *, rw: bool = False) -> Iterator[Session]:
    """A session after the code porteur, which is asked for here; on a card without any, a session of everybody."""
    if card.code is Tries.NONE:
        with card_in_use(), card.token.open(rw=rw) as session:
            yield session
        return
    require_code_porteur(context, card, options)
    typed = typed_on_reader(context, card, options.pin_fd)
    code = None if typed else ask_code(context, options.pin_fd, context.text("code.prompt"), code_lengths(card))
    with ExitStack() as stack:
        with presenting(context, "keypad.code" if typed else None):
            session = stack.enter_context(open_for_holder(card, code, rw=rw, last_try=options.force))
        yield session


def presenting(context: Context, typed: str | None) -> AbstractContextManager[object]:
    """While a code is presented. `typed` is the message that has the user type it on the reader, None for no such."""
    if typed is not None:
        return asked_on_reader(context, typed)
    return context.output.working(context.text("working.presenting"))


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
