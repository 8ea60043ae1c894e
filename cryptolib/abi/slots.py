"""Slot and token management functions (PKCS#11 3.2, 5.5)."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.core import ffi
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require, write_list
from cryptolib.abi.render import shortened, text, version
from cryptolib.cryptoki.constants import (
    CK_EFFECTIVELY_INFINITE,
    CK_UNAVAILABLE_INFORMATION,
    CKF_DONT_BLOCK,
    CKF_HW_SLOT,
    CKF_REMOVABLE_DEVICE,
    CKF_TOKEN_PRESENT,
    CKR_ARGUMENTS_BAD,
    CKR_FUNCTION_NOT_SUPPORTED,
    CKR_MECHANISM_INVALID,
    CKR_NO_EVENT,
    CKR_SESSION_EXISTS,
)
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData

DESCRIPTION_SIZE = 64
# What applications are used to be told of a token that has no code.
LENGTHS_WITHOUT_CODE = (4, 8)


@cryptoki_call
def C_GetSlotList(token_present: int, slots: CData, count: CData) -> None:
    require(count)
    write_list(provider().slots(bool(token_present)), slots, count)


@cryptoki_call
def C_GetSlotInfo(slot_id: int, info: CData) -> None:
    require(info)
    slot = provider().slot(slot_id)
    text(info.slotDescription, shortened(slot.reader, DESCRIPTION_SIZE))
    text(info.manufacturerID, "")
    present = CKF_TOKEN_PRESENT if slot.plugged and slot.recognised() else 0
    info.flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | present
    version(info.hardwareVersion, 0, 0)
    version(info.firmwareVersion, 0, 0)


@cryptoki_call
def C_GetTokenInfo(slot_id: int, info: CData) -> None:
    require(info)
    slot = provider().slot(slot_id)
    with slot.lock:
        slot.require_card()
        token = slot.token()
        flags = token.flags()
    from cryptolib.token.token import MODEL

    total, writable = provider().session_counts(slot)
    text(info.label, token.directory.label)
    text(info.manufacturerID, token.directory.manufacturer)
    text(info.model, MODEL)
    text(info.serialNumber, token.serial)
    info.flags = flags
    info.ulMaxSessionCount = info.ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE
    info.ulSessionCount = total
    info.ulRwSessionCount = writable
    pin = token.user_pin
    info.ulMinPinLen, info.ulMaxPinLen = (pin.minimum, pin.maximum) if pin else LENGTHS_WITHOUT_CODE
    info.ulTotalPublicMemory = info.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION
    info.ulTotalPrivateMemory = info.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION
    version(info.hardwareVersion, 0, 0)
    version(info.firmwareVersion, 0, 0)
    ffi.memmove(info.utcTime, bytes(len(info.utcTime)), len(info.utcTime))


@cryptoki_call
def C_GetMechanismList(slot_id: int, mechanisms: CData, count: CData) -> None:
    require(count)
    write_list(list(provider().slot(slot_id).mechanisms()), mechanisms, count)


@cryptoki_call
def C_GetMechanismInfo(slot_id: int, mechanism: int, info: CData) -> None:
    require(info)
    slot = provider().slot(slot_id)
    flags = slot.mechanisms().get(mechanism)
    if flags is None:
        raise CryptokiError(CKR_MECHANISM_INVALID)
    info.ulMinKeySize, info.ulMaxKeySize = slot.key_sizes(mechanism)
    info.flags = flags


@cryptoki_call
def C_WaitForSlotEvent(flags: int, slot_id: CData, reserved: CData) -> None:
    require(slot_id)
    if reserved:
        raise CryptokiError(CKR_ARGUMENTS_BAD, "pReserved is not NULL")
    changed = provider().wait_for_event(block=not flags & CKF_DONT_BLOCK)
    if changed is None:
        raise CryptokiError(CKR_NO_EVENT)
    slot_id[0] = changed


@cryptoki_call
def C_InitToken(slot_id: int, pin: CData, pin_length: int, label: CData) -> None:
    """The card is issued once and for all: nothing here initialises it."""
    total, _writable = provider().session_counts(provider().slot(slot_id))
    if total:
        raise CryptokiError(CKR_SESSION_EXISTS)
    raise CryptokiError(CKR_FUNCTION_NOT_SUPPORTED)
