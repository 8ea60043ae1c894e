"""Session management functions (PKCS#11 3.2, 5.6), and the change of codes, which needs a session (5.5.7, 5.5.8)."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.inputs import read_secret
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require
from cryptolib.cryptoki.constants import (
    CKF_DECRYPT,
    CKF_DIGEST,
    CKF_ENCRYPT,
    CKF_FIND_OBJECTS,
    CKF_RW_SESSION,
    CKF_SERIAL_SESSION,
    CKF_SIGN,
    CKF_SIGN_RECOVER,
    CKF_VERIFY,
    CKF_VERIFY_RECOVER,
    CKR_ARGUMENTS_BAD,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_SESSION_PARALLEL_NOT_SUPPORTED,
    CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TYPE_INVALID,
    CKU_CONTEXT_SPECIFIC,
    CKU_SO,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.session import DECRYPT, DIGEST, ENCRYPT, FIND, SIGN, SIGN_RECOVER, VERIFY, VERIFY_RECOVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData

_KINDS = {
    CKF_FIND_OBJECTS: FIND,
    CKF_DIGEST: DIGEST,
    CKF_SIGN: SIGN,
    CKF_SIGN_RECOVER: SIGN_RECOVER,
    CKF_VERIFY: VERIFY,
    CKF_VERIFY_RECOVER: VERIFY_RECOVER,
    CKF_ENCRYPT: ENCRYPT,
    CKF_DECRYPT: DECRYPT,
}


@cryptoki_call
def C_OpenSession(slotID: int, flags: int, pApplication: CData, Notify: CData, phSession: CData) -> None:
    require(phSession)
    if not flags & CKF_SERIAL_SESSION:
        raise CryptokiError(CKR_SESSION_PARALLEL_NOT_SUPPORTED)
    if flags & ~(CKF_SERIAL_SESSION | CKF_RW_SESSION):
        raise CryptokiError(CKR_ARGUMENTS_BAD, "unknown flags")
    phSession[0] = provider().open_session(slotID, writable=bool(flags & CKF_RW_SESSION))


@cryptoki_call
def C_CloseSession(hSession: int) -> None:
    provider().close_session(hSession)


@cryptoki_call
def C_CloseAllSessions(slotID: int) -> None:
    provider().close_all_sessions(slotID)


@cryptoki_call
def C_GetSessionInfo(hSession: int, pInfo: CData) -> None:
    """Waits neither for the card nor for another call on this session."""
    session = provider().find_session(hSession)
    require(pInfo)
    pInfo.slotID = session.slot.id
    pInfo.state = session.state()
    pInfo.flags = session.flags()
    pInfo.ulDeviceError = 0


@cryptoki_call
def C_Login(hSession: int, userType: int, pPin: CData, ulPinLen: int) -> None:
    _log_in(hSession, userType, pPin, ulPinLen)


@cryptoki_call
def C_LoginUser(hSession: int, userType: int, pPin: CData, ulPinLen: int, pUsername: CData, ulUsernameLen: int) -> None:
    """A card has one holder: a user name is accepted and means nothing."""
    _log_in(hSession, userType, pPin, ulPinLen)


def _log_in(handle: int, user: int, pin: CData, pin_length: int) -> None:
    with provider().session(handle) as session:
        if user == CKU_CONTEXT_SPECIFIC:
            raise CryptokiError(CKR_OPERATION_NOT_INITIALIZED, "no key of a CPS asks for its code at each use")
        if user not in (CKU_SO, CKU_USER):
            raise CryptokiError(CKR_USER_TYPE_INVALID)
        if user == CKU_USER and not session.has_login():
            raise CryptokiError(CKR_USER_PIN_NOT_INITIALIZED, "the card has no such code")
        with read_secret(pin, pin_length) as code:
            provider().log_in(session, user, code)


@cryptoki_call
def C_Logout(hSession: int) -> None:
    with provider().session(hSession) as session:
        session.token.log_out()


@cryptoki_call
def C_SessionCancel(hSession: int, flags: int) -> None:
    with provider().session(hSession) as session:
        for flag, kind in _KINDS.items():
            if flags & flag:
                session.operations.pop(kind, None)


@cryptoki_call
def C_InitPIN(hSession: int, pPin: CData, ulPinLen: int) -> None:
    with provider().session(hSession) as session, read_secret(pPin, ulPinLen) as new:
        session.token.reset_pin(new)


@cryptoki_call
def C_SetPIN(hSession: int, pOldPin: CData, ulOldLen: int, pNewPin: CData, ulNewLen: int) -> None:
    with (
        provider().session(hSession) as session,
        read_secret(pOldPin, ulOldLen) as old,
        read_secret(pNewPin, ulNewLen) as new,
    ):
        session.token.change_pin(old, new)
