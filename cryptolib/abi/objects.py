"""Object management functions (PKCS#11 3.2, 5.7)."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.core import ffi
from cryptolib.abi.inputs import MAX_ATTRIBUTE, read
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require
from cryptolib.cryptoki.attributes import from_ulong, ulong
from cryptolib.cryptoki.constants import (
    CK_UNAVAILABLE_INFORMATION,
    CKA_CLASS,
    CKA_SUBJECT,
    CKA_VALUE,
    CKO_CERTIFICATE,
    CKO_DATA,
    CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY,
    CKR_ARGUMENTS_BAD,
    CKR_ATTRIBUTE_READ_ONLY,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_BUFFER_TOO_SMALL,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import DataObject
from cryptolib.token.session import FIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.token.objects import TokenObject
    from cryptolib.token.session import Session

CLASSES = frozenset((CKO_DATA, CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY))
MAX_TEMPLATE = 1 << 10
# Codes that say something of one attribute and nothing of the others (5.7.5).
OF_THE_ATTRIBUTE = frozenset((CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL))
_CERTIFICATE = ulong(CKO_CERTIFICATE)


@cryptoki_call
def C_FindObjectsInit(hSession: int, pTemplate: CData, ulCount: int) -> None:
    with provider().session(hSession) as session:
        session.require_idle(FIND)
        _require_template(pTemplate, ulCount)
        # What is longer than any attribute equals none, and is not read.
        possible = all(pTemplate[index].ulValueLen <= MAX_ATTRIBUTE for index in range(ulCount))
        session.operations[FIND] = _search(session, _read_template(pTemplate, ulCount)) if possible else []


@cryptoki_call
def C_FindObjects(hSession: int, phObject: CData, ulMaxObjectCount: int, pulObjectCount: CData) -> None:
    with provider().session(hSession) as session:
        found = session.operation(FIND)
        require(pulObjectCount)
        if ulMaxObjectCount:
            require(phObject)
        batch = found[:ulMaxObjectCount]
        del found[: len(batch)]
        for index, handle in enumerate(batch):
            phObject[index] = handle
        pulObjectCount[0] = len(batch)


@cryptoki_call
def C_FindObjectsFinal(hSession: int) -> None:
    with provider().session(hSession) as session:
        session.operation(FIND)
        del session.operations[FIND]


@cryptoki_call
def C_GetAttributeValue(hSession: int, hObject: int, pTemplate: CData, ulCount: int) -> None:
    """Every attribute is answered; the first that the object does not give lends the call its code.

    A card or reader that fails ends the call with its own code, and what has not been answered by then is unavailable.
    Waits for no other call on this session, and for the card only where a value must be read.
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
    """Only the value of a data object that the card declares modifiable can be written."""
    with provider().session(hSession) as session:
        session.require_writable()
        item = session.object(hObject)
        _require_template(pTemplate, ulCount)
        wanted = {pTemplate[index].type for index in range(ulCount)}
        if not isinstance(item, DataObject) or not item.modifiable or wanted != {CKA_VALUE}:
            raise CryptokiError(CKR_ATTRIBUTE_READ_ONLY)
        if any(pTemplate[index].ulValueLen > MAX_ATTRIBUTE for index in range(ulCount)):
            raise CryptokiError(CKR_ATTRIBUTE_VALUE_INVALID, "longer than any file")
        session.token.replace_content(item.path, _read_template(pTemplate, ulCount)[CKA_VALUE])


def _answer(item: TokenObject, attribute: CData) -> None:
    value = item.value(attribute.type)
    if attribute.pValue:
        if attribute.ulValueLen < len(value):
            raise CryptokiError(CKR_BUFFER_TOO_SMALL)
        ffi.memmove(attribute.pValue, value, len(value))
    attribute.ulValueLen = len(value)


def _search(session: Session, template: dict[int, bytes]) -> list[int]:
    """Handles of the visible objects that match. What a CPS cannot hold is not looked for on the card."""
    wanted = template.get(CKA_CLASS)
    if wanted is not None and from_ulong(wanted) not in CLASSES:
        return []
    if set(template) == {CKA_VALUE}:
        # Browsers look for a certificate that they have in this way; reading every data object would find no other.
        template = {CKA_CLASS: _CERTIFICATE} | template
    found = [item for item in session.visible_objects() if item.matches(template)]
    if set(template) == {CKA_SUBJECT}:
        # Keys have a subject too. Who asks for that alone wants the certificate, and may take the first object.
        found.sort(key=lambda item: item.object_class != CKO_CERTIFICATE)
    return [item.handle for item in found]


def _read_template(template: CData, count: int) -> dict[int, bytes]:
    return {template[index].type: read(template[index].pValue, template[index].ulValueLen) for index in range(count)}


def _require_template(template: CData, count: int) -> None:
    if count:
        require(template)
    if count > MAX_TEMPLATE:
        raise CryptokiError(CKR_ARGUMENTS_BAD, "more attributes than there are")
