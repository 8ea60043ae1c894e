"""Opens a session for a command that needs the code porteur; asks for the code if it can be used."""

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
    """A session after the login; a session without login on a card without codes."""
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
    """Around the presentation of a code. `typed` is the message for a code typed on the reader, None for a given
    one.
    """
    if typed is not None:
        return asked_on_reader(context, typed)
    return context.output.working(context.text("working.presenting"))


def require_code_porteur(context: Context, card: Card, options: CodeOptions) -> None:
    """Raises Failure if the code cannot be used, or the user does not want to spend its last try."""
    if card.code is Tries.NONE:
        raise Failure("failure.no_code")
    if card.code is Tries.LOCKED:
        raise locked(card)
    confirm_last_try(context, card.code, options, Kind.PORTEUR)


def confirm_last_try(context: Context, left: Tries, options: CodeOptions, kind: Kind) -> None:
    """Ask before the last try is spent. Raises Failure if the user declines."""
    if left is Tries.LAST and not options.force and not confirmed(context, context.text(kind.value.last_try)):
        raise Failure(kind.value.kept, Exit.REFUSED)
