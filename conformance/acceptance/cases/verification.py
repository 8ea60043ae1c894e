"""Cases 700 to 819: verification of what was signed before, digests; nobody logs in."""

import ctypes

from conformance.acceptance.cases.signature import digest_in_session
from conformance.acceptance.run import INVALID, NOWHERE, SIXTEEN, Play, garbage, out
from conformance.testbed.cryptoki import CKM, CKR, Mechanism
from conformance.testbed.mechanism_recipes import SHA1


def verification(play: Play) -> None:
    p11, made = play.p11, play.kept["short"]
    play.case("700", play.begin("C_VerifyInit", NOWHERE, 0, garbage()))
    play.case("701", p11.C_Verify(NOWHERE, SIXTEEN, 16, made, len(made)))
    play.case("702", p11.C_VerifyUpdate(NOWHERE, SIXTEEN, 16))
    play.case("703", p11.C_VerifyFinal(NOWHERE, made, 256))
    play.initialize()
    play.case("704", play.begin("C_VerifyInit", NOWHERE, 0, garbage()))
    session = play.open()
    play.case("705", play.begin("C_VerifyInit", session, 0, garbage()))
    key = play.public_key(session, play.card.authentication.id)
    play.case("706", play.begin("C_VerifyInit", session, key, INVALID))
    play.case("707", play.begin("C_VerifyInit", session, key, None))
    play.close_all()
    _one_call(play)
    _in_parts(play)
    play.finalize()
    if not play.card.contactless:
        _bare_digests(play)


def _one_call(play: Play) -> None:
    p11, made, session = play.p11, play.kept["short"], play.open()
    key = play.public_key(session, play.card.authentication.id)
    play.case("708", p11.C_Verify(session, SIXTEEN, 16, made, len(made)))
    play.case("709", p11.C_Verify(NOWHERE, SIXTEEN, 16, made, len(made)))
    play.case("710", play.begin("C_VerifyInit", session, key, CKM.RSA_PKCS))
    play.case("711", p11.C_Verify(session, None, 16, None, len(made)))
    play.case("712", p11.C_Verify(session, bytes(513), 513, made, 128))
    play.case("713", play.begin("C_VerifyInit", session, key, CKM.RSA_PKCS))
    block = SHA1.digest_info + SHA1.of(SIXTEEN)
    play.case("714", p11.C_Verify(session, block, 35, made, 124))
    play.case("715", p11.C_Verify(session, block, 35, made, len(made)))
    block = SHA1.digest_info + digest_in_session(play, session, CKM.SHA_1)
    play.case("716", play.begin("C_VerifyInit", session, key, CKM.RSA_PKCS))
    play.case("717", p11.C_Verify(session, block, 35, made, len(made)))
    play.close_all()


def _in_parts(play: Play) -> None:
    p11, made, session = play.p11, play.kept["long"], play.open()
    how, part = play.in_parts
    key = play.public_key(session, play.card.signature.id)
    play.case("718", p11.C_VerifyUpdate(session, SIXTEEN, 16))
    play.case("719", p11.C_VerifyUpdate(NOWHERE, SIXTEEN, 16))
    play.case("720", play.begin("C_VerifyInit", session, key, how))
    play.case("721", p11.C_VerifyUpdate(session, None, 16))
    play.case("722", p11.C_VerifyUpdate(session, part, len(part)))
    play.case("723", p11.C_VerifyUpdate(session, part, len(part)))
    play.close_all()
    session = play.open()
    key = play.public_key(session, play.card.signature.id)
    play.case("724", p11.C_VerifyFinal(session, made, 124))
    play.case("725", p11.C_VerifyFinal(NOWHERE, made, 256))
    play.case("726", play.begin("C_VerifyInit", session, key, how))
    play.case("727", p11.C_VerifyFinal(session, None, 124))
    play.case("728", p11.C_VerifyUpdate(session, part, len(part)))
    play.case("729", p11.C_VerifyFinal(session, made, 250))
    play.case("730", p11.C_VerifyFinal(session, made, 256))
    play.case("731", play.begin("C_VerifyInit", session, key, how))
    play.case("732", p11.C_VerifyUpdate(session, part, len(part)))
    play.case("733", p11.C_VerifyFinal(session, made, 256))


def _bare_digests(play: Play) -> None:
    play.initialize()
    session = play.open()
    key = play.public_key(session, play.card.signature.id)
    for kind, kept, begin, check in (
        (CKM.SHA1_RSA_PKCS, "bare SHA-1", "734", "735"),
        (CKM.SHA256_RSA_PKCS, "bare SHA-256", "736", "737"),
    ):
        made = play.kept[kept]
        play.case(begin, play.begin("C_VerifyInit", session, key, kind))
        play.case(check, play.p11.C_Verify(session, SIXTEEN, 16, made, len(made)))
    play.close_all()
    play.finalize()


def digests(play: Play) -> None:
    """The library stays initialised with a session open: the data group begins there."""
    p11, length = play.p11, ctypes.c_ulong()
    counted = ctypes.byref(length)
    play.case("800", _begin(play, NOWHERE, garbage()))
    play.case("801", p11.C_Digest(NOWHERE, SIXTEEN, 16, None, counted))
    play.initialize()
    play.case("802", _begin(play, NOWHERE, garbage()))
    session = play.open()
    play.case("803", _begin(play, session, Mechanism(CKM.SHA_1, None, 0)))
    play.case("804", p11.C_Digest(session, SIXTEEN, 16, None, counted))
    play.case("805", p11.C_Digest(session, SIXTEEN, 16, ctypes.create_string_buffer(length.value), counted))
    play.case("806", _begin(play, session, Mechanism(CKM.SHA256, None, 0)))
    play.case("807", p11.C_DigestUpdate(session, SIXTEEN + SIXTEEN[:13], 29))
    play.case("808", p11.C_DigestFinal(session, None, counted))
    play.case("809", p11.C_DigestFinal(session, ctypes.create_string_buffer(length.value), counted))
    play.case("810", _begin(play, session, _sha1_with_garbage()))
    length.value = 0
    play.case("811", p11.C_Digest(session, SIXTEEN, 16, None, counted))
    play.case("812", p11.C_DigestFinal(session, ctypes.create_string_buffer(length.value), counted))
    play.case("813", _begin(play, session, _sha1_with_garbage()))
    play.case("814", p11.C_DigestUpdate(session, SIXTEEN, 16))
    buffer, told = out(128)
    play.case("815", p11.C_DigestFinal(session, buffer, ctypes.byref(told)))
    play.case("816", _begin(play, session, _sha1_with_garbage()))
    told.value = 128
    play.case("817", p11.C_Digest(session, SIXTEEN, 16, buffer, ctypes.byref(told)))
    play.case("818", _begin(play, session, _sha1_with_garbage()))
    told.value = 18
    play.case("819", p11.C_Digest(session, SIXTEEN, 16, buffer, ctypes.byref(told)))
    play.close_all()


def _begin(play: Play, session: int, how: Mechanism) -> CKR:
    return play.p11.C_DigestInit(session, ctypes.byref(how))


def _sha1_with_garbage() -> Mechanism:
    """The program leaves the parameter uninitialised: it may point anywhere."""
    return Mechanism(CKM.SHA_1, 0x10, 0xFFFF)
