"""Loads the module as an application does: dlopen, then the C_* functions with memory of the caller.

PKCS #11 Specification 3.1, clause 5. Raw calls return their CK_RV; the helper methods raise Refused instead.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from conformance.testbed.cryptoki import (
    CKA,
    CKF,
    CKM,
    CKR,
    CKU,
    CKZ_DATA_SPECIFIED,
    UNAVAILABLE,
    Attribute,
    Mechanism,
    MechanismInfo,
    OaepParameters,
    PssParameters,
    SessionInfo,
    SlotInfo,
    TokenInfo,
)

FUNCTIONS: dict[str, tuple[str, ...]] = {
    words[0]: tuple(words[1:])
    for words in (
        line.split()
        for line in """
C_Initialize pInitArgs*
C_Finalize pReserved*
C_GetInfo pInfo*
C_GetFunctionList ppFunctionList*
C_GetSlotList tokenPresent pSlotList* pulCount*
C_GetSlotInfo slotID pInfo*
C_GetTokenInfo slotID pInfo*
C_GetMechanismList slotID pMechanismList* pulCount*
C_GetMechanismInfo slotID type pInfo*
C_InitToken slotID pPin* ulPinLen pLabel*
C_InitPIN hSession pPin* ulPinLen
C_SetPIN hSession pOldPin* ulOldLen pNewPin* ulNewLen
C_OpenSession slotID flags pApplication* Notify* phSession*
C_CloseSession hSession
C_CloseAllSessions slotID
C_GetSessionInfo hSession pInfo*
C_GetOperationState hSession pOperationState* pulOperationStateLen*
C_SetOperationState hSession pOperationState* ulOperationStateLen hEncryptionKey hAuthenticationKey
C_Login hSession userType pPin* ulPinLen
C_Logout hSession
C_CreateObject hSession pTemplate* ulCount phObject*
C_CopyObject hSession hObject pTemplate* ulCount phNewObject*
C_DestroyObject hSession hObject
C_GetObjectSize hSession hObject pulSize*
C_GetAttributeValue hSession hObject pTemplate* ulCount
C_SetAttributeValue hSession hObject pTemplate* ulCount
C_FindObjectsInit hSession pTemplate* ulCount
C_FindObjects hSession phObject* ulMaxObjectCount pulObjectCount*
C_FindObjectsFinal hSession
C_EncryptInit hSession pMechanism* hKey
C_Encrypt hSession pData* ulDataLen pEncryptedData* pulEncryptedDataLen*
C_EncryptUpdate hSession pPart* ulPartLen pEncryptedPart* pulEncryptedPartLen*
C_EncryptFinal hSession pLastEncryptedPart* pulLastEncryptedPartLen*
C_DecryptInit hSession pMechanism* hKey
C_Decrypt hSession pEncryptedData* ulEncryptedDataLen pData* pulDataLen*
C_DecryptUpdate hSession pEncryptedPart* ulEncryptedPartLen pPart* pulPartLen*
C_DecryptFinal hSession pLastPart* pulLastPartLen*
C_DigestInit hSession pMechanism*
C_Digest hSession pData* ulDataLen pDigest* pulDigestLen*
C_DigestUpdate hSession pPart* ulPartLen
C_DigestKey hSession hKey
C_DigestFinal hSession pDigest* pulDigestLen*
C_SignInit hSession pMechanism* hKey
C_Sign hSession pData* ulDataLen pSignature* pulSignatureLen*
C_SignUpdate hSession pPart* ulPartLen
C_SignFinal hSession pSignature* pulSignatureLen*
C_SignRecoverInit hSession pMechanism* hKey
C_SignRecover hSession pData* ulDataLen pSignature* pulSignatureLen*
C_VerifyInit hSession pMechanism* hKey
C_Verify hSession pData* ulDataLen pSignature* ulSignatureLen
C_VerifyUpdate hSession pPart* ulPartLen
C_VerifyFinal hSession pSignature* ulSignatureLen
C_VerifyRecoverInit hSession pMechanism* hKey
C_VerifyRecover hSession pSignature* ulSignatureLen pData* pulDataLen*
C_DigestEncryptUpdate hSession pPart* ulPartLen pEncryptedPart* pulEncryptedPartLen*
C_DecryptDigestUpdate hSession pEncryptedPart* ulEncryptedPartLen pPart* pulPartLen*
C_SignEncryptUpdate hSession pPart* ulPartLen pEncryptedPart* pulEncryptedPartLen*
C_DecryptVerifyUpdate hSession pEncryptedPart* ulEncryptedPartLen pPart* pulPartLen*
C_GenerateKey hSession pMechanism* pTemplate* ulCount phKey*
C_GenerateKeyPair hSession pMechanism* pPublic* ulPublic pPrivate* ulPrivate phPublicKey* phPrivateKey*
C_WrapKey hSession pMechanism* hWrappingKey hKey pWrappedKey* pulWrappedKeyLen*
C_UnwrapKey hSession pMechanism* hUnwrappingKey pWrappedKey* ulWrappedKeyLen pTemplate* ulAttributeCount phKey*
C_DeriveKey hSession pMechanism* hBaseKey pTemplate* ulAttributeCount phKey*
C_SeedRandom hSession pSeed* ulSeedLen
C_GenerateRandom hSession pRandomData* ulRandomLen
C_GetFunctionStatus hSession
C_CancelFunction hSession
C_WaitForSlotEvent flags pSlot* pReserved*
""".strip().splitlines()
    )
}
"""Every function of PKCS #11 2.40 with its parameters in order; a star marks a pointer, the others go by value."""


@cache
def module_path() -> str:
    """The path of the built module; CRYPTOLIB_CPS_MODULE names another one."""
    chosen = os.environ.get("CRYPTOLIB_CPS_MODULE")
    if chosen:
        return chosen
    # Outside the source tree, so that this is the path of the installed module.
    asked = [sys.executable, "-P", "-m", "cryptolib", "--module-path"]
    return subprocess.run(asked, cwd="/", check=True, capture_output=True, text=True).stdout.strip()


def import_installed_package() -> None:
    """Import the installed package, not the source tree's: the module runs in this interpreter."""
    sources = Path(__file__).resolve().parents[2]
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() != sources]


class Refused(Exception):
    """A helper got a return value other than CKR_OK."""

    def __init__(self, function: str, rv: CKR) -> None:
        super().__init__(f"{function} answered {rv.name}")
        self.function = function
        self.rv = rv


def template(wanted: Iterable[tuple[int, object]]) -> ctypes.Array[Attribute]:
    """A CK_ATTRIBUTE array for a search; encodes bool, int, str and bytes."""
    filled = [(kind, _stored(value)) for kind, value in wanted]
    array = (Attribute * len(filled))()
    for attribute, (kind, value) in zip(array, filled, strict=True):
        attribute.type, attribute.ulValueLen = kind, len(value)
        attribute.pValue = ctypes.cast(ctypes.create_string_buffer(value, len(value)), ctypes.c_void_p)
    return array


def _stored(value: object) -> bytes:
    if isinstance(value, bool):
        return bytes([value])
    if isinstance(value, int):
        return bytes(ctypes.c_ulong(value))
    if isinstance(value, str):
        return value.encode()
    assert isinstance(value, bytes)
    return value


def empty_template(kinds: Sequence[int]) -> ctypes.Array[Attribute]:
    """A CK_ATTRIBUTE array that asks for lengths."""
    array = (Attribute * len(kinds))()
    for attribute, kind in zip(array, kinds, strict=True):
        attribute.type = kind
    return array


def mechanism(kind: int, parameter: ctypes.Structure | None = None) -> Mechanism:
    chosen = Mechanism(kind, None, 0)
    if parameter is not None:
        chosen.pParameter = ctypes.cast(ctypes.pointer(parameter), ctypes.c_void_p)
        chosen.ulParameterLen = ctypes.sizeof(parameter)
    return chosen


def pss(hash_algorithm: int, mgf: int, salt: int) -> PssParameters:
    return PssParameters(hash_algorithm, mgf, salt)


def oaep(hash_algorithm: int, mgf: int, label: bytes = b"") -> OaepParameters:
    source = ctypes.cast(ctypes.create_string_buffer(label, len(label)), ctypes.c_void_p) if label else None
    return OaepParameters(hash_algorithm, mgf, CKZ_DATA_SPECIFIED, source, len(label))


class Module:
    """The loaded module. `module.C_Login(session, CKU.USER, b"....", 4)` makes the C call and returns a CKR."""

    def __init__(self, path: str, *, holds_gil: bool = False) -> None:
        """`holds_gil` keeps the GIL during calls, as PyKCS11 does; otherwise it is released, as by python-pkcs11."""
        self.path = path
        self.library = ctypes.PyDLL(path) if holds_gil else ctypes.CDLL(path)

    def __getattr__(self, name: str) -> Callable[..., CKR]:
        if name not in FUNCTIONS:
            raise AttributeError(name)
        entry = getattr(self.library, name)
        entry.argtypes = [ctypes.c_void_p if word.endswith("*") else ctypes.c_ulong for word in FUNCTIONS[name]]
        entry.restype = ctypes.c_ulong

        def call(*arguments: Any) -> CKR:
            return CKR(entry(*arguments))

        setattr(self, name, call)
        return call

    def ok(self, name: str, *arguments: Any) -> None:
        """Make the call; raises Refused for any return value but CKR_OK."""
        rv = getattr(self, name)(*arguments)
        if rv != CKR.OK:
            raise Refused(name, rv)

    # --- slots and tokens

    def slots(self, token_present: bool = True) -> list[int]:
        count = ctypes.c_ulong()
        self.ok("C_GetSlotList", token_present, None, ctypes.byref(count))
        found = (ctypes.c_ulong * max(count.value, 1))()
        self.ok("C_GetSlotList", token_present, found, ctypes.byref(count))
        return list(found[: count.value])

    def slot_info(self, slot: int) -> SlotInfo:
        info = SlotInfo()
        self.ok("C_GetSlotInfo", slot, ctypes.byref(info))
        return info

    def token_info(self, slot: int) -> TokenInfo:
        info = TokenInfo()
        self.ok("C_GetTokenInfo", slot, ctypes.byref(info))
        return info

    def mechanisms(self, slot: int) -> list[CKM | int]:
        count = ctypes.c_ulong()
        self.ok("C_GetMechanismList", slot, None, ctypes.byref(count))
        found = (ctypes.c_ulong * max(count.value, 1))()
        self.ok("C_GetMechanismList", slot, found, ctypes.byref(count))
        known = set(CKM)
        return [CKM(kind) if kind in known else kind for kind in found[: count.value]]

    def mechanism_info(self, slot: int, kind: int) -> MechanismInfo:
        info = MechanismInfo()
        self.ok("C_GetMechanismInfo", slot, kind, ctypes.byref(info))
        return info

    # --- sessions

    def open(self, slot: int, *, rw: bool = False) -> int:
        handle = ctypes.c_ulong()
        flags = CKF.SERIAL_SESSION | (CKF.RW_SESSION if rw else 0)
        self.ok("C_OpenSession", slot, flags, None, None, ctypes.byref(handle))
        return handle.value

    def session_info(self, session: int) -> SessionInfo:
        info = SessionInfo()
        self.ok("C_GetSessionInfo", session, ctypes.byref(info))
        return info

    def state(self, session: int) -> int:
        return int(self.session_info(session).state)

    def login(self, session: int, pin: bytes, user: int = CKU.USER) -> CKR:
        return self.C_Login(session, user, pin, len(pin))

    # --- objects

    def find(self, session: int, *wanted: tuple[int, object], most: int = 64) -> list[int]:
        self.ok("C_FindObjectsInit", session, template(wanted), len(wanted))
        found, count = (ctypes.c_ulong * most)(), ctypes.c_ulong()
        self.ok("C_FindObjects", session, found, most, ctypes.byref(count))
        self.ok("C_FindObjectsFinal", session)
        return list(found[: count.value])

    def one(self, session: int, *wanted: tuple[int, object]) -> int:
        found = self.find(session, *wanted)
        assert len(found) == 1, f"{len(found)} objects match {wanted}"
        return found[0]

    def attribute(self, session: int, handle: int, kind: int) -> bytes:
        asked = empty_template([kind])
        self.ok("C_GetAttributeValue", session, handle, asked, 1)
        assert asked[0].ulValueLen != UNAVAILABLE
        value = ctypes.create_string_buffer(max(asked[0].ulValueLen, 1))
        asked[0].pValue = ctypes.cast(value, ctypes.c_void_p)
        self.ok("C_GetAttributeValue", session, handle, asked, 1)
        return value.raw[: asked[0].ulValueLen]

    def number(self, session: int, handle: int, kind: int) -> int:
        return int.from_bytes(self.attribute(session, handle, kind), sys.byteorder)

    def label(self, session: int, handle: int) -> str:
        return self.attribute(session, handle, CKA.LABEL).decode()

    # --- operations, each in one call with a large buffer

    def sign(self, session: int, key: int, how: Mechanism, data: bytes, room: int = 512) -> bytes:
        self.ok("C_SignInit", session, ctypes.byref(how), key)
        return self.output(room, "C_Sign", session, data, len(data))

    def sign_parts(self, session: int, key: int, how: Mechanism, parts: Iterable[bytes]) -> bytes:
        self.ok("C_SignInit", session, ctypes.byref(how), key)
        for part in parts:
            self.ok("C_SignUpdate", session, part, len(part))
        return self.output(512, "C_SignFinal", session)

    def verify(self, session: int, key: int, how: Mechanism, data: bytes, signature: bytes) -> CKR:
        self.ok("C_VerifyInit", session, ctypes.byref(how), key)
        return self.C_Verify(session, data, len(data), signature, len(signature))

    def encrypt(self, session: int, key: int, how: Mechanism, data: bytes) -> bytes:
        self.ok("C_EncryptInit", session, ctypes.byref(how), key)
        return self.output(512, "C_Encrypt", session, data, len(data))

    def decrypt(self, session: int, key: int, how: Mechanism, data: bytes) -> bytes:
        self.ok("C_DecryptInit", session, ctypes.byref(how), key)
        return self.output(512, "C_Decrypt", session, data, len(data))

    def digest(self, session: int, how: Mechanism, data: bytes) -> bytes:
        self.ok("C_DigestInit", session, ctypes.byref(how))
        return self.output(512, "C_Digest", session, data, len(data))

    def random(self, session: int, length: int) -> bytes:
        buffer = ctypes.create_string_buffer(length)
        self.ok("C_GenerateRandom", session, buffer, length)
        return buffer.raw

    def output(self, room: int, name: str, *arguments: Any) -> bytes:
        """Make the call with `room` bytes for the result as the last two arguments; return the result."""
        buffer, length = ctypes.create_string_buffer(room), ctypes.c_ulong(room)
        self.ok(name, *arguments, buffer, ctypes.byref(length))
        return buffer.raw[: length.value]


def blank_padded(field: "ctypes.Array[ctypes.c_ubyte]") -> str:
    """The text of a fixed-size field, which is padded with blanks and has no NUL."""
    raw = bytes(field)
    assert b"\0" not in raw, f"NUL inside a blank padded field: {raw!r}"
    return raw.decode().rstrip(" ")
