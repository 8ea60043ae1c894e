"""Cases 600 to 644, 1000 to 1008 and 1300 to 1311: signatures in one call, in parts, with SHA-256 and with PSS."""

import ctypes

from conformance.acceptance.run import INVALID, NOWHERE, SERIAL, SIXTEEN, Play, blocks, garbage, out
from conformance.testbed.cards import PIN
from conformance.testbed.client import mechanism, pss
from conformance.testbed.cryptoki import CKG, CKM, CKR, CKU, Mechanism
from conformance.testbed.mechanism_recipes import SHA1, SHA256, digest_info

LONG_TEXT = bytes(32 + index % 90 for index in range(822))


def signature(play: Play) -> None:
    p11, (buffer, told) = play.p11, out(256)
    play.case("600", play.begin("C_SignInit", NOWHERE, 0, garbage()))
    play.case("601", p11.C_Sign(NOWHERE, SIXTEEN, 16, None, ctypes.byref(told)))
    play.case("602", p11.C_SignUpdate(NOWHERE, SIXTEEN, 16))
    play.case("603", p11.C_SignFinal(NOWHERE, buffer, ctypes.byref(told)))
    play.initialize()
    play.case("604", play.begin("C_SignInit", NOWHERE, 0, garbage()))
    _refusals(play)
    _one_call(play)
    _in_parts(play)
    play.finalize()
    if not play.card.contactless:
        _signature_key_with_bare_digests(play)


def _refusals(play: Play) -> None:
    p11, session = play.p11, play.open()
    play.case("605", p11.C_Login(session, CKU.USER, PIN, 4))
    play.case("606", play.begin("C_SignInit", session, 0, garbage()))
    key = play.private_key(session, play.card.authentication.private)
    play.case("607", play.begin("C_SignInit", session, key, INVALID))
    public = play.public_key(session, play.card.authentication.id)
    play.case("608", play.begin("C_SignInit", session, public, CKM.SHA1_RSA_PKCS))
    if not play.card.contactless:
        p11.ok("C_Logout", session)
    play.case("609", play.begin("C_SignInit", session, key, CKM.RSA_PKCS))
    play.close_all()


def _one_call(play: Play) -> None:
    p11, session = play.p11, play.open()
    key = play.private_key(session, play.card.authentication.private)
    buffer, told = out(256)
    play.case("610", p11.C_Sign(session, SIXTEEN, 16, None, ctypes.byref(told)))
    play.case("611", p11.C_Sign(NOWHERE, SIXTEEN, 16, None, ctypes.byref(told)))
    play.case("612", play.begin("C_SignInit", session, key, CKM.RSA_PKCS))
    play.case("613", p11.C_Sign(session, None, 16, None, None))
    play.case("615", p11.C_Sign(session, SIXTEEN, 0, None, ctypes.byref(told)))
    told.value = 0
    play.case("616", p11.C_Sign(session, SIXTEEN, 0, buffer, ctypes.byref(told)))
    told.value = 256
    play.case("617", p11.C_Sign(session, None, 0, buffer, ctypes.byref(told)))
    told.value = 256
    play.case("618", p11.C_Sign(session, bytes(513), 513, buffer, ctypes.byref(told)))
    play.case("619", play.begin("C_SignInit", session, key, CKM.RSA_PKCS))
    block = SHA1.digest_info + digest_in_session(play, session, CKM.SHA_1)
    play.kept["short"] = query_and_sign(play, session, block, "620", "621")
    play.close_all()


def digest_in_session(play: Play, session: int, kind: CKM) -> bytes:
    """The hash of the sixteen bytes, length asked first, beside whatever operation runs in the session."""
    length = ctypes.c_ulong()
    play.p11.ok("C_DigestInit", session, ctypes.byref(mechanism(kind)))
    play.p11.ok("C_Digest", session, SIXTEEN, 16, None, ctypes.byref(length))
    return play.p11.output(length.value, "C_Digest", session, SIXTEEN, 16)


def query_and_sign(play: Play, session: int, data: bytes, query: str, result: str) -> bytes:
    length = ctypes.c_ulong()
    play.case(query, play.p11.C_Sign(session, data, len(data), None, ctypes.byref(length)))
    assert length.value <= 256
    buffer = ctypes.create_string_buffer(256)
    play.case(result, play.p11.C_Sign(session, data, len(data), buffer, ctypes.byref(length)))
    return buffer.raw[: length.value]


def _in_parts(play: Play) -> None:
    p11, session, (how, part) = play.p11, play.open(), play.in_parts
    key = play.private_key(session, play.card.signature.private)
    play.case("622", p11.C_SignUpdate(session, SIXTEEN, 16))
    play.case("623", p11.C_SignUpdate(NOWHERE, SIXTEEN, 16))
    play.case("624", play.begin("C_SignInit", session, key, how))
    play.case("625", p11.C_SignUpdate(session, None, 16))
    play.case("626", p11.C_SignUpdate(session, part, len(part)))
    play.case("627", p11.C_SignUpdate(session, part, len(part)))
    play.close_all()
    session = play.open()
    key = play.private_key(session, play.card.signature.private)
    buffer, told = out(256)
    play.case("628", p11.C_SignFinal(session, buffer, ctypes.byref(told)))
    play.case("629", play.begin("C_SignInit", session, key, how))
    play.case("630", p11.C_SignFinal(NOWHERE, buffer, ctypes.byref(told)))
    play.case("631", p11.C_SignFinal(session, buffer, None))
    play.case("632", p11.C_SignUpdate(session, part, len(part)))
    told.value = 250
    play.case("633", p11.C_SignFinal(session, buffer, ctypes.byref(told)))
    told.value = 0
    play.case("634", p11.C_SignFinal(session, None, ctypes.byref(told)))
    assert told.value == 256
    play.case("635", p11.C_SignFinal(session, buffer, ctypes.byref(told)))
    play.kept["long"] = buffer.raw


def _signature_key_with_bare_digests(play: Play) -> None:
    play.initialize()
    session = play.open_and_log_in()
    key = play.private_key(session, play.card.signature.private)
    for kind, kept, numbers in (
        (CKM.SHA_1, "bare SHA-1", ("636", "637", "638")),
        (CKM.SHA256, "bare SHA-256", ("639", "640", "641")),
    ):
        play.case(numbers[0], play.begin("C_SignInit", session, key, CKM.RSA_PKCS))
        digest = digest_in_session(play, session, kind)
        play.kept[kept] = query_and_sign(play, session, digest, *numbers[1:])
    play.close_all()
    play.finalize()
    play.initialize()
    session = play.open_and_log_in()
    key = play.private_key(session, play.card.signature.private)
    play.case("642", play.begin("C_SignInit", session, key, CKM.RSA_PKCS))
    query_and_sign(play, session, digest_info(SHA256, SIXTEEN), "643", "644")
    play.close_all()
    play.finalize()


def sha256(play: Play) -> None:
    p11, where = play.p11, ctypes.c_ulong()
    play.initialize()
    play.case("1000", play.open_session(play.slot, SERIAL, where))
    session = where.value
    play.case("1001", p11.C_Login(session, CKU.USER, PIN, 4))
    key = play.private_key(session, play.card.signature.private)
    play.case("1002", play.begin("C_SignInit", session, key, CKM.SHA256_RSA_PKCS))
    if not play.card.contactless:
        _sign_and_verify_long_text(play, session)
    play.close_all()
    play.finalize()


def _sign_and_verify_long_text(play: Play, session: int) -> None:
    p11 = play.p11
    for part in blocks(LONG_TEXT, 80):
        play.case("1003", p11.C_SignUpdate(session, part, len(part)))
    buffer, told = out(256, 0)
    play.case("1004", p11.C_SignFinal(session, None, ctypes.byref(told)))
    play.case("1005", p11.C_SignFinal(session, buffer, ctypes.byref(told)))
    public = play.public_key(session, play.card.signature.id)
    play.case("1006", play.begin("C_VerifyInit", session, public, CKM.SHA256_RSA_PKCS))
    for part in blocks(LONG_TEXT, 80):
        play.case("1007", p11.C_VerifyUpdate(session, part, len(part)))
    play.case("1008", p11.C_VerifyFinal(session, buffer, told.value))


def probabilistic(play: Play) -> None:
    """A CPS4 only. The session stays open, the holder logged in, the library initialised."""
    p11, where = play.p11, ctypes.c_ulong()
    play.initialize()
    play.case("1300", play.open_session(play.slot, SERIAL, where))
    session = where.value
    play.case("1301", p11.C_Login(session, CKU.USER, PIN, 4))
    sha1 = mechanism(CKM.SHA1_RSA_PKCS_PSS, pss(CKM.SHA_1, CKG.MGF1_SHA1, 20))
    _sign_and_verify(play, session, sha1, 1302)
    sha256_mechanism = mechanism(CKM.SHA256_RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA256, 32))
    _sign_and_verify(play, session, sha256_mechanism, 1307)


def _sign_and_verify(play: Play, session: int, how: Mechanism, first: int) -> None:
    key = play.private_key(session, play.card.authentication.private)
    play.case(str(first), play.begin("C_SignInit", session, key, how))
    made = query_and_sign(play, session, SIXTEEN, str(first + 1), str(first + 2))
    public = play.public_key(session, play.card.authentication.id)
    play.case(str(first + 3), play.begin("C_VerifyInit", session, public, how))
    play.case(str(first + 4), play.p11.C_Verify(session, SIXTEEN, 16, made, len(made)))


def mute_card(play: Play) -> None:
    """Cases 1200 and 1201: the card is in the reader upside down and does not answer."""
    play.rig.insert_upside_down()
    p11, count = play.p11, ctypes.c_ulong()
    assert p11.C_Initialize(None) in (CKR.OK, CKR.CRYPTOKI_ALREADY_INITIALIZED)
    p11.ok("C_GetSlotList", 0, None, ctypes.byref(count))
    listed = (ctypes.c_ulong * count.value)()
    play.case("1200", p11.C_GetSlotList(0, listed, ctypes.byref(count)))
    play.case("1201", p11.C_GetSlotInfo(listed[0], ctypes.create_string_buffer(256)))
    play.finalize()
    play.rig.insert()
