"""Presents a code once, to the card for which it was asked. Commands and screen use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

from pkcs11.exceptions import PinIncorrect, PinLocked

from cryptolib.cli.cards import Card, Tries, card_in_use
from cryptolib.cli.code import Code
from cryptolib.cli.codes import calls
from cryptolib.cli.codes.keypad import entry
from cryptolib.cli.codes.kinds import Kind
from cryptolib.cli.codes.lengths import lengths
from cryptolib.cli.codes.rules import Lengths
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.module import registered_path

if TYPE_CHECKING:
    from pkcs11 import Session


def code_lengths(card: Card) -> Lengths:
    """The allowed lengths of the code porteur, as the token announces them."""
    with card_in_use():
        return lengths(registered_path(), card.token.slot.slot_id)


@contextmanager
def open_for_holder(card: Card, code: Code | None, *, rw: bool = False, last_try: bool = False) -> Iterator[Session]:
    """A session after the login, with a code typed on the reader if `code` is None. `last_try` allows spending the last
    try.

    :raises Failure: if the card refuses the code, was exchanged, or fails; also for an error in the block.
    """
    with card_in_use(), ExitStack() as stack:
        with _presenting(card, Kind.PORTEUR, last_try), entry(code):
            session = stack.enter_context(calls.session_of_holder(card.token, code, rw=rw))
        yield session


def change_code(card: Card, old: Code | None, new: Code | None, *, last_try: bool = False) -> None:
    """Replace the code porteur by means of the old one; either both codes are typed on the reader or none. Raises
    Failure.
    """
    with (
        old or nullcontext(),
        new or nullcontext(),
        card_in_use(),
        _presenting(card, Kind.PORTEUR, last_try),
        entry(new),
    ):
        calls.change_code(card.token, old, new)


@contextmanager
def unblocked(card: Card, unblocking: Code | None, *, last_try: bool = False) -> Iterator[Session]:
    """A session after the login of the security officer, for `set_new_code`. Raises Failure."""
    with unblocking or nullcontext(), card_in_use(), ExitStack() as stack:
        with _presenting(card, Kind.UNBLOCKING, last_try), entry(unblocking):
            session = stack.enter_context(calls.session_of_security_officer(card.token, unblocking))
        yield session


def set_new_code(session: Session, new: Code | None) -> None:
    """Set the code porteur in a session of the security officer. Raises Failure."""
    with new or nullcontext(), card_in_use(), entry(new):
        calls.set_new_code(session, new)


@contextmanager
def _presenting(card: Card, kind: Kind, last_try: bool) -> Iterator[None]:
    """Around the presentation. While the user typed the code, the card may have been exchanged and another program
    may have spent tries: check both first.
    """
    if card.token.slot.get_token().serial != card.token.serial:
        raise Failure("failure.other_card", Exit.REFUSED)
    before = (card.code, card.unblocking)[kind.value.position]
    if kind.tries_now(card) is Tries.LAST and before is not Tries.LAST and not last_try:
        raise Failure(kind.value.kept, Exit.REFUSED)
    try:
        yield
    except (PinIncorrect, PinLocked) as error:
        raise kind.refused(card) from error
