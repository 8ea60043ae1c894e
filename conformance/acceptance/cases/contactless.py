"""Cases 1100 to 1125: the technical key of a card without contact, which signs for everybody."""

import ctypes

from conformance.acceptance.cases.signature import query_and_sign
from conformance.acceptance.run import INVALID, SERIAL, Play, handles
from conformance.testbed.cards import PIN
from conformance.testbed.client import template
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, CKU

MESSAGE = b"message de trente-trois octets..."


def technical_key(play: Play) -> None:
    """The session stays open, the library initialised."""
    p11, where = play.p11, ctypes.c_ulong()
    play.initialize()
    play.case("1100", play.open_session(play.slot, SERIAL, where))
    session = where.value
    play.case("1101", p11.C_Login(session, CKU.USER, PIN, len(PIN)))
    wanted = ((CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, play.card.signature.private))
    private = _found(play, session, 1102, *wanted)
    identifier = _identifier(play, session, private)
    public = _found(play, session, 1107, (CKA.ID, identifier), (CKA.CLASS, CKO.PUBLIC_KEY))
    play.case("1110", play.begin("C_SignInit", session, private, INVALID))
    play.case("1111", play.begin("C_SignInit", session, private, CKM.RSA_PKCS))
    play.case("1112", play.begin("C_SignInit", session, private, CKM.RSA_X_509))
    made = query_and_sign(play, session, MESSAGE, "1113", "1114")
    _sign_parts(play, session, private, ["1116", "1117"], [MESSAGE[:4], MESSAGE[4:7]], 1115)
    assert _sign_parts(play, session, private, ["1121", "1121"], [MESSAGE[:20], MESSAGE[20:]], 1120) == made
    play.case("1124", play.begin("C_VerifyInit", session, public, CKM.RSA_PKCS))
    play.case("1125", p11.C_Verify(session, MESSAGE, len(MESSAGE), made, len(made)))


def _found(play: Play, session: int, first: int, *wanted: tuple[int, object]) -> int:
    found, count = handles(1), ctypes.c_ulong()
    play.case(str(first), play.find_init(session, *wanted))
    play.case(str(first + 1), play.find(session, found, count))
    play.case(str(first + 2), play.p11.C_FindObjectsFinal(session))
    assert count.value == 1
    return found[0]


def _identifier(play: Play, session: int, key: int) -> bytes:
    asked = template([(CKA.ID, b"")])
    asked[0].pValue = None
    play.case("1105", play.p11.C_GetAttributeValue(session, key, asked, 1))
    asked = template([(CKA.ID, bytes(asked[0].ulValueLen))])
    play.case("1106", play.p11.C_GetAttributeValue(session, key, asked, 1))
    return ctypes.string_at(asked[0].pValue, asked[0].ulValueLen)


def _sign_parts(play: Play, session: int, key: int, updates: list[str], parts: list[bytes], first: int) -> bytes:
    """`first` begins; the last update is followed by the query for the length, then the signature."""
    p11, length = play.p11, ctypes.c_ulong()
    play.case(str(first), play.begin("C_SignInit", session, key, CKM.RSA_PKCS))
    for number, part in zip(updates, parts, strict=True):
        play.case(number, p11.C_SignUpdate(session, part, len(part)))
    play.case(str(int(updates[-1]) + 1), p11.C_SignFinal(session, None, ctypes.byref(length)))
    buffer = ctypes.create_string_buffer(length.value)
    rv = play.case(str(int(updates[-1]) + 2), p11.C_SignFinal(session, buffer, ctypes.byref(length)))
    assert rv == CKR.OK
    return buffer.raw[: length.value]
