"""The allowed lengths of the code porteur, from C_GetTokenInfo: python-pkcs11 does not give them."""

from __future__ import annotations

import ctypes
from pathlib import Path

from cryptolib.cli.codes.rules import Lengths
from cryptolib.cli.failure import Failure


class _TokenInfo(ctypes.Structure):
    """CK_TOKEN_INFO (PKCS#11 3.2, 3.2)."""

    _fields_ = [
        ("label", ctypes.c_char * 32),
        ("manufacturer_id", ctypes.c_char * 32),
        ("model", ctypes.c_char * 16),
        ("serial_number", ctypes.c_char * 16),
        ("flags", ctypes.c_ulong),
        ("session_counts", ctypes.c_ulong * 4),
        ("max_pin_len", ctypes.c_ulong),
        ("min_pin_len", ctypes.c_ulong),
        ("memory", ctypes.c_ulong * 4),
        ("versions", ctypes.c_ubyte * 4),
        ("utc_time", ctypes.c_char * 16),
    ]


def lengths(module: Path, slot: int) -> Lengths:
    """Ask the module that is loaded and initialised in this process."""
    info = _TokenInfo()
    if ctypes.CDLL(str(module)).C_GetTokenInfo(ctypes.c_ulong(slot), ctypes.byref(info)) != 0:
        raise Failure("failure.removed")
    return Lengths(info.min_pin_len, info.max_pin_len)
