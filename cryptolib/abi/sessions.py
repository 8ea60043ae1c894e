"""Session functions (PKCS#11 3.2, 5.6), and C_InitPIN and C_SetPIN, which need a session (5.5.7, 5.5.8)."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.inputs import read_secret
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require
from cryptolib.cryptoki.constants import (
    CKF_RW_SESSION,
    CKF_SERIAL_SESSION,
    CKR_ARGUMENTS_BAD,
    CKR_SESSION_PARALLEL_NOT_SUPPORTED,
)
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.token.session import Session


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
    """Never waits: neither for the card nor for another call on this session."""
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
    """Ignores the user name: a card has one holder."""
    _log_in(hSession, userType, pPin, ulPinLen)


def _log_in(handle: int, user: int, pin: CData, pin_length: int) -> None:
    with provider().session(handle) as session:
        session.require_code(user)
        if _is_typed(session, (pin, pin_length)):
            session.log_in(user, None)
            return
        with read_secret(pin, pin_length) as code:
            session.log_in(user, code)


@cryptoki_call
def C_Logout(hSession: int) -> None:
    with provider().session(hSession) as session:
        session.token.log_out()


@cryptoki_call
def C_SessionCancel(hSession: int, flags: int) -> None:
    with provider().session(hSession) as session:
        session.operations.cancel(flags)


@cryptoki_call
def C_InitPIN(hSession: int, pPin: CData, ulPinLen: int) -> None:
    with provider().session(hSession) as session:
        if _is_typed(session, (pPin, ulPinLen)):
            session.token.reset_pin(None)
            return
        with read_secret(pPin, ulPinLen) as new:
            session.token.reset_pin(new)


@cryptoki_call
def C_SetPIN(hSession: int, pOldPin: CData, ulOldLen: int, pNewPin: CData, ulNewLen: int) -> None:
    with provider().session(hSession) as session:
        if _is_typed(session, (pOldPin, ulOldLen), (pNewPin, ulNewLen)):
            session.token.change_pin(None, None)
            return
        with read_secret(pOldPin, ulOldLen) as old, read_secret(pNewPin, ulNewLen) as new:
            session.token.change_pin(old, new)


def _is_typed(session: Session, *codes: tuple[CData, int]) -> bool:
    """True if all `codes` are NULL and the reader has a keypad. For other codes `read_secret` reports the error."""
    return not any(pointer or length for pointer, length in codes) and session.token.has_keypad()
