"""How a code gets to the card: given by the application, or typed on the reader; the reader may insist on one."""

from __future__ import annotations

from cryptolib.cards.errors import CardError, NotAuthenticated, NotUsable, PinBlocked
from cryptolib.cryptoki.constants import CKF_PROTECTED_AUTHENTICATION_PATH, CKR_ARGUMENTS_BAD, CKR_PIN_LOCKED
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.connection import TransportError
from cryptolib.iso7816.keypad import TypedCode
from cryptolib.token import codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.card import Card, PinStatus
    from cryptolib.pkcs15.schema import Pin
    from cryptolib.secret import Secret

# What a command with a code comes to that the reader keeps from the card; a card says the same for its own reasons.
_MAY_BE_READER = (PinBlocked, NotAuthenticated, NotUsable)


def status_of(card: Card, pin: Pin | None) -> PinStatus | None:
    """None where the card has no such code, or does not give its tries: some give them in another way, or never."""
    try:
        return None if pin is None else card.pin_status(pin.reference)
    except CardError:
        return None


def flag(card: Card, pin: Pin | None) -> int:
    """CKF_PROTECTED_AUTHENTICATION_PATH where the code `pin` can be typed on the reader."""
    if pin is None or not card.HAS_CODES:
        return 0
    keypad = card.connection.keypad()
    return CKF_PROTECTED_AUTHENTICATION_PATH if keypad is not None and keypad.takes(codes.typed(pin)) else 0


class Presentation:
    """`with` around a command that presents codes; `spent` is the code whose tries it may spend.

    Raises CKR_ARGUMENTS_BAD for codes that the reader cannot have typed, and for given ones that it lets nobody give.
    """

    __slots__ = ("_card", "_spent", "_typed")

    def __init__(self, card: Card, spent: Pin | None, *presented: Secret | TypedCode) -> None:
        self._card = card
        self._spent = spent
        self._typed = [code for code in presented if isinstance(code, TypedCode)]

    def __enter__(self) -> None:
        if not self._typed:
            return
        keypad = self._card.connection.keypad()
        if keypad is None or not all(map(keypad.takes, self._typed)):
            raise CryptokiError(CKR_ARGUMENTS_BAD, "the reader cannot ask for this code")
        # The question brings the card's application back as well: nobody types a code for another one.
        if self._tries_left() == 0:
            raise CryptokiError(CKR_PIN_LOCKED, "nobody is asked for a code that is blocked")

    def __exit__(self, _kind: object, fault: BaseException | None, _traceback: object) -> None:
        if fault is not None and not self._typed and self._is_reader_refusal(fault):
            raise CryptokiError(CKR_ARGUMENTS_BAD, "the reader takes codes on its keypad alone") from fault

    def _is_reader_refusal(self, fault: BaseException) -> bool:
        """Whether a code that is not blocked was kept from a card that is well."""
        if not isinstance(fault, _MAY_BE_READER) and type(fault) is not TransportError:
            return False
        return self._card.connection.keypad() is not None and bool(self._tries_left())

    def _tries_left(self) -> int | None:
        status = status_of(self._card, self._spent)
        return None if status is None else status.left
