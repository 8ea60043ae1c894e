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
def C_OpenSession(slot_id: int, flags: int, application: CData, notify: CData, session: CData) -> None:
    require(session)
    if not flags & CKF_SERIAL_SESSION:
        raise CryptokiError(CKR_SESSION_PARALLEL_NOT_SUPPORTED)
    if flags & ~(CKF_SERIAL_SESSION | CKF_RW_SESSION):
        raise CryptokiError(CKR_ARGUMENTS_BAD, "unknown flags")
    session[0] = provider().open_session(slot_id, writable=bool(flags & CKF_RW_SESSION))


@cryptoki_call
def C_CloseSession(session: int) -> None:
    provider().close_session(session)


@cryptoki_call
def C_CloseAllSessions(slot_id: int) -> None:
    provider().close_all_sessions(slot_id)


@cryptoki_call
def C_GetSessionInfo(session: int, info: CData) -> None:
    """Waits neither for the card nor for another call on this session."""
    asked = provider().session(session)
    require(info)
    info.slotID = asked.slot.id
    info.state = asked.state()
    info.flags = asked.flags()
    info.ulDeviceError = 0


@cryptoki_call
def C_Login(session: int, user: int, pin: CData, pin_length: int) -> None:
    _log_in(session, user, pin, pin_length)


@cryptoki_call
def C_LoginUser(session: int, user: int, pin: CData, pin_length: int, user_name: CData, user_name_length: int) -> None:
    """A card has one holder: a user name is accepted and means nothing."""
    _log_in(session, user, pin, pin_length)


def _log_in(session: int, user: int, pin: CData, pin_length: int) -> None:
    with provider().using(session) as used:
        if user == CKU_CONTEXT_SPECIFIC:
            raise CryptokiError(CKR_OPERATION_NOT_INITIALIZED, "no key of a CPS asks for its code at each use")
        if user not in (CKU_SO, CKU_USER):
            raise CryptokiError(CKR_USER_TYPE_INVALID)
        if user == CKU_USER and not used.has_login():
            raise CryptokiError(CKR_USER_PIN_NOT_INITIALIZED, "the card has no such code")
        with read_secret(pin, pin_length) as code:
            provider().log_in(used, user, code)


@cryptoki_call
def C_Logout(session: int) -> None:
    with provider().using(session) as used:
        used.token.log_out()


@cryptoki_call
def C_SessionCancel(session: int, flags: int) -> None:
    with provider().using(session) as used:
        for flag, kind in _KINDS.items():
            if flags & flag:
                used.operations.pop(kind, None)


@cryptoki_call
def C_InitPIN(session: int, pin: CData, pin_length: int) -> None:
    with provider().using(session) as used, read_secret(pin, pin_length) as new:
        used.token.reset_pin(new)


@cryptoki_call
def C_SetPIN(session: int, old_pin: CData, old_length: int, new_pin: CData, new_length: int) -> None:
    with (
        provider().using(session) as used,
        read_secret(old_pin, old_length) as old,
        read_secret(new_pin, new_length) as new,
    ):
        used.token.change_pin(old, new)
