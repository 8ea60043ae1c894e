"""The lengths of a code, the form in which the card keeps it, and what its tries look like to applications."""

from __future__ import annotations

from cryptolib.cryptoki.constants import CKR_PIN_INCORRECT, CKR_PIN_LEN_RANGE
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.card import PinStatus
    from cryptolib.iso7816.connection import Keypad
    from cryptolib.iso7816.typed_code import TypedCode
    from cryptolib.pkcs15.schema import Pin
    from cryptolib.secret import Secret


def fits(pin: Pin, code: Secret) -> bool:
    return pin.minimum <= len(code) <= pin.maximum


def check_length(pin: Pin, code: Secret | None) -> None:
    """A code of a length that none has is wrong without asking the card; of one that is typed the reader sees to it."""
    if code is not None and not fits(pin, code):
        raise CryptokiError(CKR_PIN_INCORRECT, "a length that no code has")


def check_new(pin: Pin, new: Secret | None) -> None:
    if new is not None and not fits(pin, new):
        raise CryptokiError(CKR_PIN_LEN_RANGE)


def as_stored(pin: Pin, code: Secret | None, is_new: bool = False) -> Secret | TypedCode:
    """A copy of `code` in the form in which the card compares it; use it in `with`, which wipes it.

    None is a code that the user types on the reader: then it is that form alone.
    """
    return typed(pin, is_new) if code is None else code.padded(pin.padded_to, pin.filler)


def typed(pin: Pin, is_new: bool = False) -> TypedCode:
    """This code, or a new one in its place, as the reader has to ask for it."""
    # Imported by C_OpenSession, which every code needs.
    from cryptolib.iso7816.typed_code import PLACE, TypedCode

    return TypedCode(pin.minimum, pin.maximum, _field(pin), pin.filler if pin.padded_to else PLACE, is_new)


def can_be_typed(pin: Pin, keypad: Keypad | None) -> bool:
    """Whether a reader with this keypad, or without one, can ask for the code."""
    return keypad is not None and keypad.takes(pin.minimum, pin.maximum, _field(pin))


def _field(pin: Pin) -> int:
    """How many bytes the code has in a command, 0 for as many as it has digits."""
    return pin.padded_to or (pin.maximum if pin.minimum == pin.maximum else 0)


def tries(status: PinStatus | None, low: int, final: int, locked: int) -> int:
    """The one or two of these CKF_ flags that stand for the tries left."""
    if status is None or status.left is None or status.left >= status.maximum:
        return 0
    if status.left == 0:
        return locked
    return low | final if status.left == 1 else low
