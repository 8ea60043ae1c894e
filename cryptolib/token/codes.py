"""The lengths of a code, the form in which the card keeps it, and what its tries look like to applications."""

from __future__ import annotations

from cryptolib.cryptoki.constants import CKR_PIN_INCORRECT, CKR_PIN_LEN_RANGE
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.card import PinStatus
    from cryptolib.pkcs15.schema import Pin
    from cryptolib.secret import Secret


def fits(pin: Pin, code: Secret) -> bool:
    return pin.minimum <= len(code) <= pin.maximum


def check_length(pin: Pin, code: Secret) -> None:
    """A code of a length that none has is wrong without asking the card."""
    if not fits(pin, code):
        raise CryptokiError(CKR_PIN_INCORRECT, "a length that no code has")


def check_new(pin: Pin, new: Secret) -> None:
    if not fits(pin, new):
        raise CryptokiError(CKR_PIN_LEN_RANGE)


def as_stored(pin: Pin, code: Secret) -> Secret:
    """A copy of `code` in the form in which the card compares it; use it in `with`, which wipes it."""
    return code.padded(pin.padded_to, pin.filler)


def tries(status: PinStatus | None, low: int, final: int, locked: int) -> int:
    """The one or two of these CKF_ flags that stand for the tries left."""
    if status is None or status.left is None or status.left >= status.maximum:
        return 0
    if status.left == 0:
        return locked
    return low | final if status.left == 1 else low
