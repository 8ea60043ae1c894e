"""Rules for codes: their lengths, the form in which a card stores them, and the CKF_ flags of the tries left."""

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
    """Refuse a code of a wrong length without asking the card. The reader checks the length of a typed code."""
    if code is not None and not fits(pin, code):
        raise CryptokiError(CKR_PIN_INCORRECT, "a length that no code has")


def check_new(pin: Pin, new: Secret | None) -> None:
    if new is not None and not fits(pin, new):
        raise CryptokiError(CKR_PIN_LEN_RANGE)


def as_stored(pin: Pin, code: Secret | None, is_new: bool = False) -> Secret | TypedCode:
    """A copy of `code` as the card stores it; use it with `with`, which wipes it.

    A `code` of None is typed on the reader: this gives the description that the reader needs.
    """
    return typed(pin, is_new) if code is None else code.padded(pin.padded_to, pin.filler)


def typed(pin: Pin, is_new: bool = False) -> TypedCode:
    """The description of a code, or of a new one in its place, for the reader that asks for it."""
    # C_OpenSession imports it.
    from cryptolib.iso7816.typed_code import PLACE, TypedCode

    return TypedCode(pin.minimum, pin.maximum, _field(pin), pin.filler if pin.padded_to else PLACE, is_new)


def can_be_typed(pin: Pin, keypad: Keypad | None) -> bool:
    """True if a reader with this keypad can ask for the code; False without a keypad."""
    return keypad is not None and keypad.takes(pin.minimum, pin.maximum, _field(pin))


def _field(pin: Pin) -> int:
    """The bytes of the code in a command; 0 if it has as many as digits."""
    return pin.padded_to or (pin.maximum if pin.minimum == pin.maximum else 0)


def tries(status: PinStatus | None, low: int, final: int, locked: int) -> int:
    """The CKF_ flags, among these three, for the tries left."""
    if status is None or status.left is None or status.left >= status.maximum:
        return 0
    if status.left == 0:
        return locked
    return low | final if status.left == 1 else low
