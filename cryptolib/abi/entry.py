"""The entry from C: one stub for each PKCS#11 function, which imports its chapter at the first call."""

from __future__ import annotations

import sys

from cryptolib import dependencies, files
from cryptolib.abi import core, loading
from cryptolib.cryptoki.functions import FUNCTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

# Copied from cryptoki/constants.py: these must be returned even when no import works.
CKR_HOST_MEMORY = 0x02
CKR_FUNCTION_NOT_SUPPORTED = 0x54

# The functions of each module, by chapter of PKCS#11. A function in no chapter returns CKR_FUNCTION_NOT_SUPPORTED.
CHAPTERS = {
    "general": ("C_Initialize", "C_Finalize"),
    "slots": ("C_GetSlotList", "C_GetSlotInfo", "C_GetTokenInfo", "C_GetMechanismList", "C_GetMechanismInfo",
              "C_WaitForSlotEvent", "C_InitToken"),
    "sessions": ("C_OpenSession", "C_CloseSession", "C_CloseAllSessions", "C_GetSessionInfo", "C_Login", "C_LoginUser",
                 "C_Logout", "C_SessionCancel", "C_InitPIN", "C_SetPIN"),
    "objects": ("C_FindObjectsInit", "C_FindObjects", "C_FindObjectsFinal", "C_GetAttributeValue",
                "C_SetAttributeValue"),
    "digest": ("C_DigestInit", "C_Digest", "C_DigestUpdate", "C_DigestFinal"),
    "sign": ("C_SignInit", "C_Sign", "C_SignUpdate", "C_SignFinal", "C_SignRecoverInit", "C_SignRecover"),
    "verify": ("C_VerifyInit", "C_Verify", "C_VerifyUpdate", "C_VerifyFinal", "C_VerifyRecoverInit",
               "C_VerifyRecover"),
    "encrypt": ("C_EncryptInit", "C_Encrypt", "C_EncryptUpdate", "C_EncryptFinal"),
    "decrypt": ("C_DecryptInit", "C_Decrypt", "C_DecryptUpdate", "C_DecryptFinal"),
    "random": ("C_GenerateRandom", "C_SeedRandom"),
    "update": ("C_StartUpdate", "C_EndUpdate", "C_TransmitMessage", "C_KeepAlive"),
}  # fmt: skip

# The functions that need less than the SESSION part of `loading`.
PARTS = {
    "START": ("C_Initialize", "C_Finalize", "C_GetSlotList", "C_GetSlotInfo"),
    "CARD": ("C_GetTokenInfo", "C_WaitForSlotEvent"),
    "MECHANISMS": ("C_GetMechanismList", "C_GetMechanismInfo"),
}

_handlers: dict[str, Callable[..., int]] = {}


def install(ffi: Any, lib: Any, load_bundled: Callable[[str], None] | None) -> None:
    """Register every function with cffi. Raises ImportError when a Python host has packages that are too old."""
    if load_bundled is not None:
        loading.use_bundle(load_bundled)
    dependencies.check()
    core.connect(ffi, lib)
    loading.load("START")
    chapters = {name: chapter for chapter, names in CHAPTERS.items() for name in names}
    for name in FUNCTIONS:
        ffi.def_extern(name="py_" + name, onerror=_unhandled)(_stub(name, chapters.get(name)))


def _stub(name: str, chapter: str | None) -> Callable[..., None]:
    def call(rv: Any, *arguments: Any) -> None:
        handler = _handlers.get(name)
        if handler is None:
            try:
                handler = _handlers[name] = _resolve(name, chapter)
            except (MemoryError, OSError, ImportError) as error:
                if not isinstance(error, MemoryError) and files.can_open():
                    raise
                rv[0] = CKR_HOST_MEMORY
                return
        rv[0] = handler(*arguments)

    return call


def _resolve(name: str, chapter: str | None) -> Callable[..., int]:
    if chapter is None:
        return _not_supported
    loading.load(next((part for part, names in PARTS.items() if name in names), "SESSION"))
    handler: Callable[..., int] = getattr(sys.modules[f"cryptolib.abi.{chapter}"], name)
    return handler


def _not_supported(*_arguments: Any) -> int:
    return CKR_FUNCTION_NOT_SUPPORTED


def _unhandled(kind: type[BaseException], _error: BaseException, _where: TracebackType | None) -> None:
    """Keep the preset CKR_GENERAL_ERROR when an exception escapes `call`; note a Ctrl-C for the host."""
    if issubclass(kind, KeyboardInterrupt):
        core.lib.cps_interrupted = 1
