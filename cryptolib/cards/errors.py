"""What a card says when it refuses, in words that no status word is needed to understand."""

from __future__ import annotations

from cryptolib.iso7816 import files, security
from cryptolib.iso7816.status import END_OF_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.iso7816.status import StatusWordError


class CardError(Exception):
    """The card answered, and the answer is no."""


class PinIncorrect(CardError):
    """The code presented is wrong; `tries_left` when the card says how many remain."""

    def __init__(self, tries_left: int | None) -> None:
        super().__init__(f"{tries_left} tries left" if tries_left is not None else "tries left unknown")
        self.tries_left = tries_left


class PinBlocked(CardError):
    """No try is left for this code."""


class NotAuthenticated(CardError):
    """The code that protects this has not been presented since the card was last reset."""


class AccessDenied(CardError):
    """The file is not for whoever asks; says nothing about which codes have been presented."""


class NoSuchFile(CardError):
    """The card holds no file or key of that name."""


class WrongLength(CardError):
    """The card refuses the length of the data."""


class NotUsable(CardError):
    """The key or object cannot be used in this way."""


class InvalidData(CardError):
    """The card refuses the content of the data or the parameters."""


class CardFault(CardError):
    """Any other answer: the card is damaged, not a CPS, or in a state nobody foresaw."""


class WrongResult(CardFault):
    """What the card computed is not the result of its key, or not as long as one."""


class StaleCopies(CardError):
    """What is kept of a card of this name is not what the card says."""


class DamagedDates(CardError):
    """The card dates its last update, and the dates cannot be read."""


class CutWrite(CardError):
    """The writing of a file was cut half-way, and neither the old value nor the new one is left."""


class OutsideFile(CardFault):
    """The file ends before the place that was to be read."""


class EndOfFile(CardFault):
    """The file ends before all bytes that were asked for; `data` are those before its end."""

    def __init__(self, data: bytes) -> None:
        super().__init__("the file ends")
        self.data = data


class RefusedLength(CardFault):
    """The card gives no so many bytes at once."""


class UnknownCard(CardError):
    """The card is none that a driver knows."""


# What a status word means depends on what was asked (ISO/IEC 7816-4:2020, 5.6 and the clause of each command).
_READING: dict[int, type[CardError]] = {
    0x6982: NotAuthenticated,
    0x6A82: NoSuchFile,
    0x6A88: NoSuchFile,
    0x6B00: OutsideFile,
    0x6700: RefusedLength,
}
_WRITING: dict[int, type[CardError]] = {0x6982: NotAuthenticated, 0x6A82: NoSuchFile}
_OPERATING: dict[int, type[CardError]] = {
    0x6700: WrongLength,
    0x6900: NotUsable,
    0x6984: NotUsable,
    0x6985: NotUsable,
    0x6986: NotUsable,
    0x6982: NotAuthenticated,
    0x6983: PinBlocked,
    0x6987: InvalidData,
    0x6988: InvalidData,
    0x6A00: InvalidData,
    0x6A80: InvalidData,
    0x6A86: InvalidData,
    0x6B00: InvalidData,
    0x6A82: NoSuchFile,
    0x6A88: NoSuchFile,
}
_PRESENTING: dict[int, type[CardError]] = _OPERATING | dict.fromkeys((0x6900, 0x6984, 0x6985, 0x6986), PinBlocked)

_FAMILIES: dict[int, dict[int, type[CardError]]] = {
    **dict.fromkeys((security.MANAGE_ENVIRONMENT, security.PERFORM_OPERATION, security.AUTHENTICATE), _OPERATING),
    files.UPDATE_BINARY: _WRITING,
    # Without a code it asks for the tries left.
    security.VERIFY: {0x6983: PinBlocked},
    # The generator refuses nobody: whatever it says is a fault.
    security.GET_CHALLENGE: {},
}


def card_error(error: StatusWordError, ins: int) -> CardError:
    """The meaning of a status word at a command of this instruction, which presents no code; others read."""
    if ins == security.VERIFY and _is_count(error.sw):
        return PinIncorrect(error.sw & 0x0F)
    if ins == files.READ_BINARY and error.sw == END_OF_FILE:
        return EndOfFile(error.data)
    return _FAMILIES.get(ins, _READING).get(error.sw, CardFault)(str(error))


def presenting_error(error: StatusWordError) -> CardError:
    """The meaning of a status word at VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER."""
    if error.sw == 0x6300:
        return PinIncorrect(None)
    if _is_count(error.sw):
        return PinIncorrect(error.sw & 0x0F)
    return _PRESENTING.get(error.sw, CardFault)(str(error))


def _is_count(sw: int) -> bool:
    return sw & 0xFFF0 == 0x63C0
