"""Cases 1100 to 1125: the technical key of a card without contact, which signs for everybody."""

import ctypes

from conformance.acceptance.cases.signature import query_and_sign
from conformance.acceptance.run import INVALID, SERIAL, Run, handle_array
from conformance.testbed.cards import PIN
from conformance.testbed.client import template
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, CKU

MESSAGE = b"message de trente-trois octets..."


def technical_key(run: Run) -> None:
    """The session stays open, the library initialised."""
    p11, handle = run.p11, ctypes.c_ulong()
    run.initialize()
    run.case("1100", run.open_session(run.slot, SERIAL, handle))
    session = handle.value
    run.case("1101", p11.C_Login(session, CKU.USER, PIN, len(PIN)))
    wanted = ((CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, run.card.signature.private))
    private = _found(run, session, 1102, *wanted)
    identifier = _identifier(run, session, private)
    public = _found(run, session, 1107, (CKA.ID, identifier), (CKA.CLASS, CKO.PUBLIC_KEY))
    run.case("1110", run.init("C_SignInit", session, private, INVALID))
    run.case("1111", run.init("C_SignInit", session, private, CKM.RSA_PKCS))
    run.case("1112", run.init("C_SignInit", session, private, CKM.RSA_X_509))
    signed = query_and_sign(run, session, MESSAGE, "1113", "1114")
    _sign_parts(run, session, private, ["1116", "1117"], [MESSAGE[:4], MESSAGE[4:7]], 1115)
    assert _sign_parts(run, session, private, ["1121", "1121"], [MESSAGE[:20], MESSAGE[20:]], 1120) == signed
    run.case("1124", run.init("C_VerifyInit", session, public, CKM.RSA_PKCS))
    run.case("1125", p11.C_Verify(session, MESSAGE, len(MESSAGE), signed, len(signed)))


def _found(run: Run, session: int, first: int, *wanted: tuple[int, object]) -> int:
    found, count = handle_array(1), ctypes.c_ulong()
    run.case(str(first), run.find_init(session, *wanted))
    run.case(str(first + 1), run.find(session, found, count))
    run.case(str(first + 2), run.p11.C_FindObjectsFinal(session))
    assert count.value == 1
    return found[0]


def _identifier(run: Run, session: int, key: int) -> bytes:
    attributes = template([(CKA.ID, b"")])
    attributes[0].pValue = None
    run.case("1105", run.p11.C_GetAttributeValue(session, key, attributes, 1))
    attributes = template([(CKA.ID, bytes(attributes[0].ulValueLen))])
    run.case("1106", run.p11.C_GetAttributeValue(session, key, attributes, 1))
    return ctypes.string_at(attributes[0].pValue, attributes[0].ulValueLen)


def _sign_parts(run: Run, session: int, key: int, updates: list[str], parts: list[bytes], first: int) -> bytes:
    """`first` begins; the last update is followed by the query for the length, then the signature."""
    p11, length = run.p11, ctypes.c_ulong()
    run.case(str(first), run.init("C_SignInit", session, key, CKM.RSA_PKCS))
    for number, part in zip(updates, parts, strict=True):
        run.case(number, p11.C_SignUpdate(session, part, len(part)))
    run.case(str(int(updates[-1]) + 1), p11.C_SignFinal(session, None, ctypes.byref(length)))
    buffer = ctypes.create_string_buffer(length.value)
    rv = run.case(str(int(updates[-1]) + 2), p11.C_SignFinal(session, buffer, ctypes.byref(length)))
    assert rv == CKR.OK
    return buffer.raw[: length.value]
