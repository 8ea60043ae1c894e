"""Codes that are typed on the reader: when, the prompt for the user, and the errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from pkcs11.exceptions import (
    ArgumentsBad,
    FunctionCancelled,
    FunctionFailed,
    PinInvalid,
    PinLenRange,
    PKCS11Error,
)

from cryptolib.cli.cards import Card
from cryptolib.cli.code import Code
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure

NO_NEW_CODE = "keypad.no_new_code"
"""The reader verifies a code, and asks for no new one."""

_TYPED: dict[type[PKCS11Error], str] = {
    FunctionCancelled: "failure.entry_cancelled",
    FunctionFailed: "failure.entry_late",
    PinInvalid: "failure.entry_different",
    PinLenRange: "failure.entry_length",
    ArgumentsBad: NO_NEW_CODE,
}
_GIVEN: dict[type[PKCS11Error], str] = {ArgumentsBad: "failure.keypad_only"}
"""docs/adr/0022."""


def typed_on_reader(context: Context, card: Card, pin_fd: int | None) -> bool:
    """True if the reader asks for the code: it can, no code is given here, and a person is there."""
    return card.keypad and pin_fd is None and not context.json


def asked_on_reader(context: Context, what: str) -> AbstractContextManager[object]:
    """Tell the user to type on the reader; `what` is a message key."""
    return context.output.waiting_for_user(context.text(what))


@contextmanager
def entry(code: Code | None) -> Iterator[None]:
    """Present a code in this block, typed on the reader if it is None. Raises Failure if none was typed."""
    try:
        yield
    except PKCS11Error as error:
        key = (_TYPED if code is None else _GIVEN).get(type(error))
        if key is None:
            raise
        raise Failure(key, Exit.REFUSED) from error
