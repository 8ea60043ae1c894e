"""Presents codes to the card: given by the application, or typed on the reader, which may refuse given ones."""

from __future__ import annotations

from cryptolib.cards.errors import NotAuthenticated, NotUsable, PinBlocked
from cryptolib.cards.presenting import EntryCancelled, EntryLength, EntryTimedOut, KeypadFault, NewCodesDiffer
from cryptolib.cryptoki.constants import (
    CKR_ARGUMENTS_BAD,
    CKR_DEVICE_ERROR,
    CKR_FUNCTION_CANCELED,
    CKR_FUNCTION_FAILED,
    CKR_PIN_INVALID,
    CKR_PIN_LEN_RANGE,
    CKR_PIN_LOCKED,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.connection import TransportError
from cryptolib.iso7816.typed_code import TypedCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.card import Card, PinStatus
    from cryptolib.iso7816.connection import Keypad
    from cryptolib.secret import Secret

# Errors with which a reader may keep a code from the card; the card may have the same for its own reasons.
_MAY_BE_READER = (PinBlocked, NotAuthenticated, NotUsable)
# Errors of typing a code. `faults.py` has the others; it is needed at start-up, and these are not.
_CODES: dict[type[BaseException], int] = {
    EntryCancelled: CKR_FUNCTION_CANCELED,
    EntryTimedOut: CKR_FUNCTION_FAILED,
    NewCodesDiffer: CKR_PIN_INVALID,
    EntryLength: CKR_PIN_LEN_RANGE,
    KeypadFault: CKR_DEVICE_ERROR,
}


class Presentation:
    """`with` around a command that presents codes; `status` asks for the tries of the code that may lose one.

    Raises CKR_ARGUMENTS_BAD when the reader cannot ask for a code, and when it takes codes on its keypad alone.
    """

    __slots__ = ("_card", "_status", "_typed")

    def __init__(self, card: Card, status: Callable[[], PinStatus | None], *presented: Secret | TypedCode) -> None:
        self._card = card
        self._status = status
        self._typed = [code for code in presented if isinstance(code, TypedCode)]

    def __enter__(self) -> None:
        if not self._typed:
            return
        keypad = self._card.connection.keypad()
        if keypad is None or not all(_can_ask(keypad, code) for code in self._typed):
            raise CryptokiError(CKR_ARGUMENTS_BAD, "the reader cannot ask for this code")
        # The question also selects the application of the card, so that the user does not type the code for another
        # one.
        if self._tries_left() == 0:
            raise CryptokiError(CKR_PIN_LOCKED, "nobody is asked for a code that is blocked")

    def __exit__(self, _kind: object, fault: BaseException | None, _traceback: object) -> None:
        if fault is None:
            return
        ended = _CODES.get(type(fault))
        if ended is not None:
            raise CryptokiError(ended, str(fault)) from fault
        if not self._typed and self._is_reader_refusal(fault):
            raise CryptokiError(CKR_ARGUMENTS_BAD, "the reader takes codes on its keypad alone") from fault

    def _is_reader_refusal(self, fault: BaseException) -> bool:
        """True if the reader kept a code from the card: the card answers, and the code is not blocked."""
        if not isinstance(fault, _MAY_BE_READER) and type(fault) is not TransportError:
            return False
        return self._card.connection.keypad() is not None and bool(self._tries_left())

    def _tries_left(self) -> int | None:
        status = self._status()
        return None if status is None else status.left


def _can_ask(keypad: Keypad, code: TypedCode) -> bool:
    return (keypad.changes or not code.is_new) and keypad.takes(code.minimum, code.maximum, code.field)
