"""The CK_RV of each fault of a card or a reader, in one table without CKR_OK (PKCS#11 3.2, 5.1)."""

from __future__ import annotations

from cryptolib.cards.errors import (
    AccessDenied,
    CardFault,
    CutWrite,
    DamagedDates,
    InvalidData,
    NoSuchFile,
    NotAuthenticated,
    NotUsable,
    PinBlocked,
    PinIncorrect,
    Restarted,
    UnknownCard,
    WrongLength,
)
from cryptolib.cryptoki.constants import (
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_DEVICE_ERROR,
    CKR_DEVICE_REMOVED,
    CKR_FUNCTION_FAILED,
    CKR_KEY_TYPE_INCONSISTENT,
    CKR_PIN_INCORRECT,
    CKR_PIN_LOCKED,
    CKR_TOKEN_NOT_RECOGNIZED,
    CKR_USER_NOT_LOGGED_IN,
    CKR_VENDOR_DEFINED,
)
from cryptolib.iso7816.connection import (
    CardBusy,
    CardRemoved,
    CardReset,
    Interrupted,
    ReaderGone,
    ServiceSilent,
    ServiceStopped,
)
from cryptolib.iso7816.tlv import TlvError

# The code that the original returned for it.
CKR_DAMAGED_DATES = CKR_VENDOR_DEFINED + 1

_CODES: dict[type[Exception], int] = {
    PinIncorrect: CKR_PIN_INCORRECT,
    PinBlocked: CKR_PIN_LOCKED,
    Restarted: CKR_DEVICE_ERROR,
    NotAuthenticated: CKR_USER_NOT_LOGGED_IN,
    AccessDenied: CKR_USER_NOT_LOGGED_IN,
    WrongLength: CKR_DATA_LEN_RANGE,
    NotUsable: CKR_KEY_TYPE_INCONSISTENT,
    InvalidData: CKR_DATA_INVALID,
    NoSuchFile: CKR_DEVICE_ERROR,
    CardFault: CKR_DEVICE_ERROR,
    CutWrite: CKR_DEVICE_ERROR,
    DamagedDates: CKR_DAMAGED_DATES,
    UnknownCard: CKR_TOKEN_NOT_RECOGNIZED,
    TlvError: CKR_DEVICE_ERROR,
    CardRemoved: CKR_DEVICE_REMOVED,
    ReaderGone: CKR_DEVICE_REMOVED,
    ServiceStopped: CKR_DEVICE_REMOVED,
    CardReset: CKR_DEVICE_ERROR,
    CardBusy: CKR_FUNCTION_FAILED,
    ServiceSilent: CKR_DEVICE_ERROR,
    Interrupted: CKR_CRYPTOKI_NOT_INITIALIZED,
}


def code_of(fault: Exception) -> int:
    """The CKR_ value of a CardError, TransportError or TlvError."""
    return _CODES.get(type(fault), CKR_DEVICE_ERROR)
