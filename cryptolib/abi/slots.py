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
# CK_TOKEN_INFO lengths that applications expect of a token without a code.
LENGTHS_WITHOUT_CODE = (4, 8)


@cryptoki_call
def C_GetSlotList(tokenPresent: int, pSlotList: CData, pulCount: CData) -> None:
    require(pulCount)
    write_list(provider().slots(bool(tokenPresent)), pSlotList, pulCount)


@cryptoki_call
def C_GetSlotInfo(slotID: int, pInfo: CData) -> None:
    require(pInfo)
    slot = provider().slot(slotID)
    text(pInfo.slotDescription, shortened(slot.reader, DESCRIPTION_SIZE))
    text(pInfo.manufacturerID, "")
    present = CKF_TOKEN_PRESENT if slot.plugged and slot.recognised() else 0
    pInfo.flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | present
    version(pInfo.hardwareVersion, 0, 0)
    version(pInfo.firmwareVersion, 0, 0)


@cryptoki_call
def C_GetTokenInfo(slotID: int, pInfo: CData) -> None:
    require(pInfo)
    slot = provider().slot(slotID)
    with slot.lock:
        slot.require_card()
        token = slot.token()
        flags = token.flags()
    total, writable = provider().session_counts(slot)
    text(pInfo.label, token.directory.label)
    text(pInfo.manufacturerID, token.directory.manufacturer)
    text(pInfo.model, token.card.MODEL)
    text(pInfo.serialNumber, token.serial)
    pInfo.flags = flags
    pInfo.ulMaxSessionCount = pInfo.ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE
    pInfo.ulSessionCount = total
    pInfo.ulRwSessionCount = writable
    pin = token.user_pin
    pInfo.ulMinPinLen, pInfo.ulMaxPinLen = (pin.minimum, pin.maximum) if pin else LENGTHS_WITHOUT_CODE
    pInfo.ulTotalPublicMemory = pInfo.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION
    pInfo.ulTotalPrivateMemory = pInfo.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION
    version(pInfo.hardwareVersion, 0, 0)
    version(pInfo.firmwareVersion, 0, 0)
    ffi.memmove(pInfo.utcTime, bytes(len(pInfo.utcTime)), len(pInfo.utcTime))


@cryptoki_call
def C_GetMechanismList(slotID: int, pMechanismList: CData, pulCount: CData) -> None:
    require(pulCount)
    write_list(list(provider().slot(slotID).mechanisms()), pMechanismList, pulCount)


@cryptoki_call
def C_GetMechanismInfo(slotID: int, mechanism: int, pInfo: CData) -> None:
    require(pInfo)
    slot = provider().slot(slotID)
    flags = slot.mechanisms().get(mechanism)
    if flags is None:
        raise CryptokiError(CKR_MECHANISM_INVALID)
    pInfo.ulMinKeySize, pInfo.ulMaxKeySize = slot.key_sizes(mechanism)
    pInfo.flags = flags


@cryptoki_call
def C_WaitForSlotEvent(flags: int, pSlot: CData, pReserved: CData) -> None:
    require(pSlot)
    if pReserved:
        raise CryptokiError(CKR_ARGUMENTS_BAD, "pReserved is not NULL")
    changed = provider().wait_for_event(block=not flags & CKF_DONT_BLOCK)
    if changed is None:
        raise CryptokiError(CKR_NO_EVENT)
    pSlot[0] = changed


@cryptoki_call
def C_InitToken(slotID: int, pPin: CData, ulPinLen: int, pLabel: CData) -> None:
    """Always refused: the issuer initialised the card."""
    total, _writable = provider().session_counts(provider().slot(slotID))
    if total:
        raise CryptokiError(CKR_SESSION_EXISTS)
    raise CryptokiError(CKR_FUNCTION_NOT_SUPPORTED)
