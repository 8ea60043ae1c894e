"""Cases 700 to 819: verification of what was signed before, digests; nobody logs in."""

import ctypes

from conformance.acceptance.cases.signature import digest_in_session
from conformance.acceptance.run import INVALID, NO_SESSION, SIXTEEN, Run, garbage_mechanism, output_buffer
from conformance.testbed.cryptoki import CKM, CKR, Mechanism
from conformance.testbed.mechanism_recipes import SHA1


def verification(run: Run) -> None:
    p11, signed = run.p11, run.kept["short"]
    run.case("700", run.init("C_VerifyInit", NO_SESSION, 0, garbage_mechanism()))
    run.case("701", p11.C_Verify(NO_SESSION, SIXTEEN, 16, signed, len(signed)))
    run.case("702", p11.C_VerifyUpdate(NO_SESSION, SIXTEEN, 16))
    run.case("703", p11.C_VerifyFinal(NO_SESSION, signed, 256))
    run.initialize()
    run.case("704", run.init("C_VerifyInit", NO_SESSION, 0, garbage_mechanism()))
    session = run.open()
    run.case("705", run.init("C_VerifyInit", session, 0, garbage_mechanism()))
    key = run.public_key(session, run.card.authentication.id)
    run.case("706", run.init("C_VerifyInit", session, key, INVALID))
    run.case("707", run.init("C_VerifyInit", session, key, None))
    run.close_all()
    _one_call(run)
    _multi_part(run)
    run.finalize()
    if run.card.has_pin:
        _bare_digests(run)


def _one_call(run: Run) -> None:
    p11, signed, session = run.p11, run.kept["short"], run.open()
    key = run.public_key(session, run.card.authentication.id)
    run.case("708", p11.C_Verify(session, SIXTEEN, 16, signed, len(signed)))
    run.case("709", p11.C_Verify(NO_SESSION, SIXTEEN, 16, signed, len(signed)))
    run.case("710", run.init("C_VerifyInit", session, key, CKM.RSA_PKCS))
    run.case("711", p11.C_Verify(session, None, 16, None, len(signed)))
    run.case("712", p11.C_Verify(session, bytes(513), 513, signed, 128))
    run.case("713", run.init("C_VerifyInit", session, key, CKM.RSA_PKCS))
    block = SHA1.digest_info + SHA1.of(SIXTEEN)
    run.case("714", p11.C_Verify(session, block, 35, signed, 124))
    run.case("715", p11.C_Verify(session, block, 35, signed, len(signed)))
    block = SHA1.digest_info + digest_in_session(run, session, CKM.SHA_1)
    run.case("716", run.init("C_VerifyInit", session, key, CKM.RSA_PKCS))
    run.case("717", p11.C_Verify(session, block, 35, signed, len(signed)))
    run.close_all()


def _multi_part(run: Run) -> None:
    p11, signed, session = run.p11, run.kept["long"], run.open()
    mechanism, part = run.multi_part
    key = run.public_key(session, run.card.signature.id)
    run.case("718", p11.C_VerifyUpdate(session, SIXTEEN, 16))
    run.case("719", p11.C_VerifyUpdate(NO_SESSION, SIXTEEN, 16))
    run.case("720", run.init("C_VerifyInit", session, key, mechanism))
    run.case("721", p11.C_VerifyUpdate(session, None, 16))
    run.case("722", p11.C_VerifyUpdate(session, part, len(part)))
    run.case("723", p11.C_VerifyUpdate(session, part, len(part)))
    run.close_all()
    session = run.open()
    key = run.public_key(session, run.card.signature.id)
    run.case("724", p11.C_VerifyFinal(session, signed, 124))
    run.case("725", p11.C_VerifyFinal(NO_SESSION, signed, 256))
    run.case("726", run.init("C_VerifyInit", session, key, mechanism))
    run.case("727", p11.C_VerifyFinal(session, None, 124))
    run.case("728", p11.C_VerifyUpdate(session, part, len(part)))
    run.case("729", p11.C_VerifyFinal(session, signed, 250))
    run.case("730", p11.C_VerifyFinal(session, signed, 256))
    run.case("731", run.init("C_VerifyInit", session, key, mechanism))
    run.case("732", p11.C_VerifyUpdate(session, part, len(part)))
    run.case("733", p11.C_VerifyFinal(session, signed, 256))


def _bare_digests(run: Run) -> None:
    run.initialize()
    session = run.open()
    key = run.public_key(session, run.card.signature.id)
    for kind, kept, begin, check in (
        (CKM.SHA1_RSA_PKCS, "bare SHA-1", "734", "735"),
        (CKM.SHA256_RSA_PKCS, "bare SHA-256", "736", "737"),
    ):
        signed = run.kept[kept]
        run.case(begin, run.init("C_VerifyInit", session, key, kind))
        run.case(check, run.p11.C_Verify(session, SIXTEEN, 16, signed, len(signed)))
    run.close_all()
    run.finalize()


def digests(run: Run) -> None:
    """The library stays initialised with a session open: the data group begins there."""
    p11, length = run.p11, ctypes.c_ulong()
    counted = ctypes.byref(length)
    run.case("800", _digest_init(run, NO_SESSION, garbage_mechanism()))
    run.case("801", p11.C_Digest(NO_SESSION, SIXTEEN, 16, None, counted))
    run.initialize()
    run.case("802", _digest_init(run, NO_SESSION, garbage_mechanism()))
    session = run.open()
    run.case("803", _digest_init(run, session, Mechanism(CKM.SHA_1, None, 0)))
    run.case("804", p11.C_Digest(session, SIXTEEN, 16, None, counted))
    run.case("805", p11.C_Digest(session, SIXTEEN, 16, ctypes.create_string_buffer(length.value), counted))
    run.case("806", _digest_init(run, session, Mechanism(CKM.SHA256, None, 0)))
    run.case("807", p11.C_DigestUpdate(session, SIXTEEN + SIXTEEN[:13], 29))
    run.case("808", p11.C_DigestFinal(session, None, counted))
    run.case("809", p11.C_DigestFinal(session, ctypes.create_string_buffer(length.value), counted))
    run.case("810", _digest_init(run, session, _sha1_with_garbage()))
    length.value = 0
    run.case("811", p11.C_Digest(session, SIXTEEN, 16, None, counted))
    run.case("812", p11.C_DigestFinal(session, ctypes.create_string_buffer(length.value), counted))
    run.case("813", _digest_init(run, session, _sha1_with_garbage()))
    run.case("814", p11.C_DigestUpdate(session, SIXTEEN, 16))
    buffer, size = output_buffer(128)
    run.case("815", p11.C_DigestFinal(session, buffer, ctypes.byref(size)))
    run.case("816", _digest_init(run, session, _sha1_with_garbage()))
    size.value = 128
    run.case("817", p11.C_Digest(session, SIXTEEN, 16, buffer, ctypes.byref(size)))
    run.case("818", _digest_init(run, session, _sha1_with_garbage()))
    size.value = 18
    run.case("819", p11.C_Digest(session, SIXTEEN, 16, buffer, ctypes.byref(size)))
    run.close_all()


def _digest_init(run: Run, session: int, mechanism: Mechanism) -> CKR:
    return run.p11.C_DigestInit(session, ctypes.byref(mechanism))


def _sha1_with_garbage() -> Mechanism:
    """The program leaves the parameter uninitialised: it may point anywhere."""
    return Mechanism(CKM.SHA_1, 0x10, 0xFFFF)
