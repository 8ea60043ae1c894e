"""The PKCS#11 functions that take a code, called with bytes that can be wiped: python-pkcs11 wants a `str`."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from pkcs11 import exceptions

from cryptolib.cli.code import Code
from cryptolib.cli.module import registered_path

if TYPE_CHECKING:
    from pkcs11 import Session, Token

_SECURITY_OFFICER, _USER = 0, 1  # CK_USER_TYPE

# The return values that commands distinguish (PKCS#11 3.2, 5.1). Others appear as numbers.
_ERRORS: dict[int, type[exceptions.PKCS11Error]] = {
    0x05: exceptions.GeneralError,
    0x06: exceptions.FunctionFailed,
    0x07: exceptions.ArgumentsBad,
    0x30: exceptions.DeviceError,
    0x32: exceptions.DeviceRemoved,
    0x50: exceptions.FunctionCancelled,
    0xA0: exceptions.PinIncorrect,
    0xA1: exceptions.PinInvalid,
    0xA2: exceptions.PinLenRange,
    0xA4: exceptions.PinLocked,
    0xB3: exceptions.SessionHandleInvalid,
    0xE0: exceptions.TokenNotPresent,
    0xE1: exceptions.TokenNotRecognised,
}


@contextmanager
def session_of_holder(token: Token, code: Code | None, *, rw: bool = False) -> Iterator[Session]:
    """A session with the holder logged in. A code of None, here and below, is typed on the reader."""
    with token.open(rw=rw) as session, _logged_in(session, _USER, code):
        yield session


@contextmanager
def session_of_security_officer(token: Token, code: Code | None) -> Iterator[Session]:
    """A session with the security officer logged in (code de déblocage)."""
    with token.open(rw=True) as session, _logged_in(session, _SECURITY_OFFICER, code):
        yield session


def change_code(token: Token, old: Code | None, new: Code | None) -> None:
    """C_SetPIN; either both codes are typed on the reader or none."""
    with old or nullcontext(), new or nullcontext(), token.open(rw=True) as session:
        _call("C_SetPIN", session, *_buffer(old), *_buffer(new))


def set_new_code(session: Session, new: Code | None) -> None:
    with new or nullcontext():
        _call("C_InitPIN", session, *_buffer(new))


@contextmanager
def _logged_in(session: Session, user: int, code: Code | None) -> Iterator[None]:
    """Log in and wipe the code at once."""
    with code or nullcontext():
        _call("C_Login", session, ctypes.c_ulong(user), *_buffer(code))
    try:
        yield
    except BaseException:
        with suppress(exceptions.PKCS11Error):  # the first error is the one to show
            _call("C_Logout", session)
        raise
    _call("C_Logout", session)


def _buffer(code: Code | None) -> tuple[object, ctypes.c_ulong]:
    """A pointer to the bytes themselves, not a copy, and their number."""
    if code is None:
        return None, ctypes.c_ulong(0)
    return (ctypes.c_char * len(code)).from_buffer(code.value), ctypes.c_ulong(len(code))


def _call(name: str, session: Session, *arguments: object) -> None:
    """Call the module that python-pkcs11 has loaded and initialised in this process."""
    function = getattr(ctypes.CDLL(str(registered_path())), name)
    function.restype = ctypes.c_ulong
    handle: int = session.handle  # type: ignore[attr-defined]  # missing in the type stubs
    value = function(ctypes.c_ulong(handle), *arguments)
    if value:
        raise _ERRORS.get(value, exceptions.PKCS11Error)(*([] if value in _ERRORS else [f"{name}: 0x{value:08X}"]))
