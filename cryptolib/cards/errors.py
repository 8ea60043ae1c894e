"""The errors of a card, by meaning: the layers above need no status word."""

from __future__ import annotations

from cryptolib.iso7816 import ins, status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.iso7816.status import StatusWordError


class CardError(Exception):
    """The card answered with a refusal."""


class PinIncorrect(CardError):
    """The presented code is wrong; `tries_left` is None if the card does not say how many remain."""

    def __init__(self, tries_left: int | None) -> None:
        super().__init__(f"{tries_left} tries left" if tries_left is not None else "tries left unknown")
        self.tries_left = tries_left


class PinBlocked(CardError):
    """No try of this code is left."""


class Restarted(CardError):
    """Another program reset the card during the transaction. Selections and presented codes are lost; the
    transaction is ours.
    """


class NotAuthenticated(CardError):
    """The code that protects this has not been presented since the last reset."""


class AccessDenied(CardError):
    """The file is closed to this user, whatever codes have been presented."""


class NoSuchFile(CardError):
    """The card has no such file or key."""


class WrongLength(CardError):
    """The card refuses the length of the data."""


class NotUsable(CardError):
    """The key or object cannot be used in this way."""


class InvalidData(CardError):
    """The card refuses the content of the data or the parameters."""


class CardFault(CardError):
    """Any other answer: the card is damaged, not a CPS, or in an unexpected state."""


class WrongResult(CardFault):
    """The result is not that of the card's key, or has a wrong length."""


class StaleCopies(CardError):
    """A copy on disk differs from the card of this serial number."""


class DamagedDates(CardError):
    """The dates of the card's last update cannot be read."""


class CutWrite(CardError):
    """A write was interrupted, and neither the old value nor the new one is left."""


class OutsideFile(CardFault):
    """The file ends before the requested offset."""


class EndOfFile(CardFault):
    """The file ends before the last requested byte; `data` is what it has up to its end."""

    def __init__(self, data: bytes) -> None:
        super().__init__("the file ends")
        self.data = data


class RefusedLength(CardFault):
    """The card refuses the number of bytes of a read or a write."""


class UnknownCard(CardError):
    """No driver knows this card."""


# The meaning of a status word depends on the command (ISO/IEC 7816-4:2020, 5.6 and the clause of each command).
_READING: dict[int, type[CardError]] = {
    status.SECURITY_STATUS_NOT_SATISFIED: NotAuthenticated,
    status.FILE_NOT_FOUND: NoSuchFile,
    status.REFERENCED_DATA_NOT_FOUND: NoSuchFile,
    status.OUTSIDE_FILE: OutsideFile,
    status.WRONG_LENGTH: RefusedLength,
}
_WRITING: dict[int, type[CardError]] = {
    status.SECURITY_STATUS_NOT_SATISFIED: NotAuthenticated,
    status.FILE_NOT_FOUND: NoSuchFile,
    status.WRONG_LENGTH: RefusedLength,
}
_OPERATING: dict[int, type[CardError]] = {
    status.WRONG_LENGTH: WrongLength,
    status.COMMAND_NOT_ALLOWED: NotUsable,
    status.REFERENCE_DATA_NOT_USABLE: NotUsable,
    status.CONDITIONS_NOT_SATISFIED: NotUsable,
    status.NO_CURRENT_FILE: NotUsable,
    status.SECURITY_STATUS_NOT_SATISFIED: NotAuthenticated,
    status.AUTHENTICATION_BLOCKED: PinBlocked,
    status.SECURE_MESSAGING_MISSING: InvalidData,
    status.SECURE_MESSAGING_INCORRECT: InvalidData,
    status.WRONG_PARAMETERS: InvalidData,
    status.INCORRECT_DATA: InvalidData,
    status.INCORRECT_P1_P2: InvalidData,
    status.OUTSIDE_FILE: InvalidData,
    status.FILE_NOT_FOUND: NoSuchFile,
    status.REFERENCED_DATA_NOT_FOUND: NoSuchFile,
}
_PRESENTING: dict[int, type[CardError]] = _OPERATING | dict.fromkeys(
    (
        status.COMMAND_NOT_ALLOWED,
        status.REFERENCE_DATA_NOT_USABLE,
        status.CONDITIONS_NOT_SATISFIED,
        status.NO_CURRENT_FILE,
    ),
    PinBlocked,
)
_FAMILIES: dict[int, dict[int, type[CardError]]] = {
    **dict.fromkeys(
        (ins.MANAGE_SECURITY_ENVIRONMENT, ins.PERFORM_SECURITY_OPERATION, ins.INTERNAL_AUTHENTICATE), _OPERATING
    ),
    ins.UPDATE_BINARY: _WRITING,
    # VERIFY without a code asks for the tries left.
    ins.VERIFY: {status.AUTHENTICATION_BLOCKED: PinBlocked},
    # GET CHALLENGE needs no right: every error is a fault.
    ins.GET_CHALLENGE: {},
}


def card_error(error: StatusWordError, instruction: int) -> CardError:
    """The meaning of a status word after a command of this instruction that presents no code; unknown ones count as
    reads.
    """
    # After UPDATE BINARY it gives the number of attempts to write.
    if instruction in (ins.VERIFY, ins.UPDATE_BINARY) and _is_count(error.sw):
        return PinIncorrect(_count(error.sw))
    if instruction == ins.READ_BINARY and error.sw == status.END_OF_FILE:
        return EndOfFile(error.data)
    return _FAMILIES.get(instruction, _READING).get(error.sw, CardFault)(str(error))


def presenting_error(error: StatusWordError) -> CardError:
    """The meaning of a status word after VERIFY, CHANGE REFERENCE DATA or RESET RETRY COUNTER."""
    if error.sw == status.NOT_VERIFIED:
        return PinIncorrect(None)
    if _is_count(error.sw):
        return PinIncorrect(_count(error.sw))
    return _PRESENTING.get(error.sw, CardFault)(str(error))


def _is_count(sw: int) -> bool:
    return sw & status.TRIES_LEFT_MASK == status.TRIES_LEFT


def _count(sw: int) -> int:
    return sw & ~status.TRIES_LEFT_MASK
