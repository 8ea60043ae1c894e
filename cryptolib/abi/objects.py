"""Object management functions (PKCS#11 3.2, 5.7)."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.core import ffi
from cryptolib.abi.inputs import MAX_ATTRIBUTE, read
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require
from cryptolib.cryptoki.constants import (
    CK_UNAVAILABLE_INFORMATION,
    CKA_VALUE,
    CKR_ARGUMENTS_BAD,
    CKR_ATTRIBUTE_READ_ONLY,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_BUFFER_TOO_SMALL,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import DataObject
from cryptolib.token.operations import Find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.token.objects import TokenObject

MAX_TEMPLATE = 1 << 10
# Codes about one attribute; the other attributes are still answered (5.7.5).
OF_THE_ATTRIBUTE = frozenset((CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL))


@cryptoki_call
def C_FindObjectsInit(hSession: int, pTemplate: CData, ulCount: int) -> None:
    with provider().session(hSession) as session:
        session.operations.require_idle(Find)
        _require_template(pTemplate, ulCount)
        # A value longer than any attribute matches no object; it is not read.
        possible = all(pTemplate[index].ulValueLen <= MAX_ATTRIBUTE for index in range(ulCount))
        session.operations.begin(Find(session.find(_read_template(pTemplate, ulCount)) if possible else []))


@cryptoki_call
def C_FindObjects(hSession: int, phObject: CData, ulMaxObjectCount: int, pulObjectCount: CData) -> None:
    with provider().session(hSession) as session:
        search = session.operations.current(Find)
        require(pulObjectCount)
        if ulMaxObjectCount:
            require(phObject)
        batch = search.take(ulMaxObjectCount)
        for index, handle in enumerate(batch):
            phObject[index] = handle
        pulObjectCount[0] = len(batch)


@cryptoki_call
def C_FindObjectsFinal(hSession: int) -> None:
    with provider().session(hSession) as session:
        session.operations.current(Find)
        session.operations.end(Find)


@cryptoki_call
def C_GetAttributeValue(hSession: int, hObject: int, pTemplate: CData, ulCount: int) -> None:
    """Answer every attribute, and return the code of the first that failed.

    A fault of the card or the reader ends the call with its own code; the attributes that are left become unavailable.
    Waits for no other call on this session, and for the card only to read a value.
    """
    item = provider().find_session(hSession).object(hObject)
    _require_template(pTemplate, ulCount)
    failure: CryptokiError | None = None
    for index in range(ulCount):
        if failure is not None and failure.code not in OF_THE_ATTRIBUTE:
            pTemplate[index].ulValueLen = CK_UNAVAILABLE_INFORMATION
            continue
        try:
            _answer(item, pTemplate[index])
        except CryptokiError as error:
            pTemplate[index].ulValueLen = CK_UNAVAILABLE_INFORMATION
            if failure is None or error.code not in OF_THE_ATTRIBUTE:
                failure = error
    if failure is not None:
        raise failure


@cryptoki_call
def C_SetAttributeValue(hSession: int, hObject: int, pTemplate: CData, ulCount: int) -> None:
    """Write CKA_VALUE of a data object that the card declares modifiable; nothing else can be set."""
    with provider().session(hSession) as session:
        session.require_writable()
        item = session.object(hObject)
        _require_template(pTemplate, ulCount)
        wanted = {pTemplate[index].type for index in range(ulCount)}
        if not isinstance(item, DataObject) or not item.modifiable or wanted != {CKA_VALUE}:
            raise CryptokiError(CKR_ATTRIBUTE_READ_ONLY)
        if any(pTemplate[index].ulValueLen > MAX_ATTRIBUTE for index in range(ulCount)):
            raise CryptokiError(CKR_ATTRIBUTE_VALUE_INVALID, "longer than any file")
        session.token.files.replace(item.path, _read_template(pTemplate, ulCount)[CKA_VALUE])


def _answer(item: TokenObject, attribute: CData) -> None:
    if not attribute.pValue:
        attribute.ulValueLen = item.length(attribute.type)
        return
    value = item.value(attribute.type)
    if attribute.ulValueLen < len(value):
        raise CryptokiError(CKR_BUFFER_TOO_SMALL)
    ffi.memmove(attribute.pValue, value, len(value))
    attribute.ulValueLen = len(value)


def _read_template(template: CData, count: int) -> dict[int, bytes]:
    return {template[index].type: read(template[index].pValue, template[index].ulValueLen) for index in range(count)}


def _require_template(template: CData, count: int) -> None:
    if count:
        require(template)
    if count > MAX_TEMPLATE:
        raise CryptokiError(CKR_ARGUMENTS_BAD, "more attributes than there are")
