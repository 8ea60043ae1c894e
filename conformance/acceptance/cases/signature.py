"""Cases 600 to 644, 1000 to 1008 and 1300 to 1311: signatures in one call, in parts, with SHA-256 and with PSS."""

import ctypes

from conformance.acceptance.run import (
    INVALID,
    NO_SESSION,
    SERIAL,
    SIXTEEN,
    Run,
    blocks,
    garbage_mechanism,
    output_buffer,
)
from conformance.testbed.cards import PIN
from conformance.testbed.client import mechanism, pss
from conformance.testbed.cryptoki import CKG, CKM, CKR, CKU, Mechanism
from conformance.testbed.mechanism_recipes import SHA1, SHA256, digest_info

LONG_TEXT = bytes(32 + index % 90 for index in range(822))


def signature(run: Run) -> None:
    p11, (buffer, size) = run.p11, output_buffer(256)
    run.case("600", run.init("C_SignInit", NO_SESSION, 0, garbage_mechanism()))
    run.case("601", p11.C_Sign(NO_SESSION, SIXTEEN, 16, None, ctypes.byref(size)))
    run.case("602", p11.C_SignUpdate(NO_SESSION, SIXTEEN, 16))
    run.case("603", p11.C_SignFinal(NO_SESSION, buffer, ctypes.byref(size)))
    run.initialize()
    run.case("604", run.init("C_SignInit", NO_SESSION, 0, garbage_mechanism()))
    _refusals(run)
    _one_call(run)
    _multi_part(run)
    run.finalize()
    if run.card.has_pin:
        _signature_key_with_bare_digests(run)


def _refusals(run: Run) -> None:
    p11, session = run.p11, run.open()
    run.case("605", p11.C_Login(session, CKU.USER, PIN, 4))
    run.case("606", run.init("C_SignInit", session, 0, garbage_mechanism()))
    key = run.private_key(session, run.card.authentication.private)
    run.case("607", run.init("C_SignInit", session, key, INVALID))
    public = run.public_key(session, run.card.authentication.id)
    run.case("608", run.init("C_SignInit", session, public, CKM.SHA1_RSA_PKCS))
    if run.card.has_pin:
        p11.ok("C_Logout", session)
    run.case("609", run.init("C_SignInit", session, key, CKM.RSA_PKCS))
    run.close_all()


def _one_call(run: Run) -> None:
    p11, session = run.p11, run.open()
    key = run.private_key(session, run.card.authentication.private)
    buffer, size = output_buffer(256)
    run.case("610", p11.C_Sign(session, SIXTEEN, 16, None, ctypes.byref(size)))
    run.case("611", p11.C_Sign(NO_SESSION, SIXTEEN, 16, None, ctypes.byref(size)))
    run.case("612", run.init("C_SignInit", session, key, CKM.RSA_PKCS))
    run.case("613", p11.C_Sign(session, None, 16, None, None))
    run.case("615", p11.C_Sign(session, SIXTEEN, 0, None, ctypes.byref(size)))
    size.value = 0
    run.case("616", p11.C_Sign(session, SIXTEEN, 0, buffer, ctypes.byref(size)))
    size.value = 256
    run.case("617", p11.C_Sign(session, None, 0, buffer, ctypes.byref(size)))
    size.value = 256
    run.case("618", p11.C_Sign(session, bytes(513), 513, buffer, ctypes.byref(size)))
    run.case("619", run.init("C_SignInit", session, key, CKM.RSA_PKCS))
    block = SHA1.digest_info + digest_in_session(run, session, CKM.SHA_1)
    run.kept["short"] = query_and_sign(run, session, block, "620", "621")
    run.close_all()


def digest_in_session(run: Run, session: int, kind: CKM) -> bytes:
    """The hash of the sixteen bytes, length queried first, beside whatever operation runs in the session."""
    length = ctypes.c_ulong()
    run.p11.ok("C_DigestInit", session, ctypes.byref(mechanism(kind)))
    run.p11.ok("C_Digest", session, SIXTEEN, 16, None, ctypes.byref(length))
    return run.p11.output(length.value, "C_Digest", session, SIXTEEN, 16)


def query_and_sign(run: Run, session: int, data: bytes, query: str, result: str) -> bytes:
    length = ctypes.c_ulong()
    run.case(query, run.p11.C_Sign(session, data, len(data), None, ctypes.byref(length)))
    assert length.value <= 256
    buffer = ctypes.create_string_buffer(256)
    run.case(result, run.p11.C_Sign(session, data, len(data), buffer, ctypes.byref(length)))
    return buffer.raw[: length.value]


def _multi_part(run: Run) -> None:
    p11, session, (chosen, part) = run.p11, run.open(), run.multi_part
    key = run.private_key(session, run.card.signature.private)
    run.case("622", p11.C_SignUpdate(session, SIXTEEN, 16))
    run.case("623", p11.C_SignUpdate(NO_SESSION, SIXTEEN, 16))
    run.case("624", run.init("C_SignInit", session, key, chosen))
    run.case("625", p11.C_SignUpdate(session, None, 16))
    run.case("626", p11.C_SignUpdate(session, part, len(part)))
    run.case("627", p11.C_SignUpdate(session, part, len(part)))
    run.close_all()
    session = run.open()
    key = run.private_key(session, run.card.signature.private)
    buffer, size = output_buffer(256)
    run.case("628", p11.C_SignFinal(session, buffer, ctypes.byref(size)))
    run.case("629", run.init("C_SignInit", session, key, chosen))
    run.case("630", p11.C_SignFinal(NO_SESSION, buffer, ctypes.byref(size)))
    run.case("631", p11.C_SignFinal(session, buffer, None))
    run.case("632", p11.C_SignUpdate(session, part, len(part)))
    size.value = 250
    run.case("633", p11.C_SignFinal(session, buffer, ctypes.byref(size)))
    size.value = 0
    run.case("634", p11.C_SignFinal(session, None, ctypes.byref(size)))
    assert size.value == 256
    run.case("635", p11.C_SignFinal(session, buffer, ctypes.byref(size)))
    run.kept["long"] = buffer.raw


def _signature_key_with_bare_digests(run: Run) -> None:
    run.initialize()
    session = run.open_and_log_in()
    key = run.private_key(session, run.card.signature.private)
    for kind, kept, numbers in (
        (CKM.SHA_1, "bare SHA-1", ("636", "637", "638")),
        (CKM.SHA256, "bare SHA-256", ("639", "640", "641")),
    ):
        run.case(numbers[0], run.init("C_SignInit", session, key, CKM.RSA_PKCS))
        digest = digest_in_session(run, session, kind)
        run.kept[kept] = query_and_sign(run, session, digest, *numbers[1:])
    run.close_all()
    run.finalize()
    run.initialize()
    session = run.open_and_log_in()
    key = run.private_key(session, run.card.signature.private)
    run.case("642", run.init("C_SignInit", session, key, CKM.RSA_PKCS))
    query_and_sign(run, session, digest_info(SHA256, SIXTEEN), "643", "644")
    run.close_all()
    run.finalize()


def sha256(run: Run) -> None:
    p11, handle = run.p11, ctypes.c_ulong()
    run.initialize()
    run.case("1000", run.open_session(run.slot, SERIAL, handle))
    session = handle.value
    run.case("1001", p11.C_Login(session, CKU.USER, PIN, 4))
    key = run.private_key(session, run.card.signature.private)
    run.case("1002", run.init("C_SignInit", session, key, CKM.SHA256_RSA_PKCS))
    if run.card.has_pin:
        _sign_and_verify_long_text(run, session)
    run.close_all()
    run.finalize()


def _sign_and_verify_long_text(run: Run, session: int) -> None:
    p11 = run.p11
    for part in blocks(LONG_TEXT, 80):
        run.case("1003", p11.C_SignUpdate(session, part, len(part)))
    buffer, size = output_buffer(256, 0)
    run.case("1004", p11.C_SignFinal(session, None, ctypes.byref(size)))
    run.case("1005", p11.C_SignFinal(session, buffer, ctypes.byref(size)))
    public = run.public_key(session, run.card.signature.id)
    run.case("1006", run.init("C_VerifyInit", session, public, CKM.SHA256_RSA_PKCS))
    for part in blocks(LONG_TEXT, 80):
        run.case("1007", p11.C_VerifyUpdate(session, part, len(part)))
    run.case("1008", p11.C_VerifyFinal(session, buffer, size.value))


def pss_signatures(run: Run) -> None:
    """A CPS4 only. The session stays open, the holder logged in, the library initialised."""
    p11, handle = run.p11, ctypes.c_ulong()
    run.initialize()
    run.case("1300", run.open_session(run.slot, SERIAL, handle))
    session = handle.value
    run.case("1301", p11.C_Login(session, CKU.USER, PIN, 4))
    sha1 = mechanism(CKM.SHA1_RSA_PKCS_PSS, pss(CKM.SHA_1, CKG.MGF1_SHA1, 20))
    _sign_and_verify(run, session, sha1, 1302)
    sha256_mechanism = mechanism(CKM.SHA256_RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA256, 32))
    _sign_and_verify(run, session, sha256_mechanism, 1307)


def _sign_and_verify(run: Run, session: int, chosen: Mechanism, first: int) -> None:
    key = run.private_key(session, run.card.authentication.private)
    run.case(str(first), run.init("C_SignInit", session, key, chosen))
    signed = query_and_sign(run, session, SIXTEEN, str(first + 1), str(first + 2))
    public = run.public_key(session, run.card.authentication.id)
    run.case(str(first + 3), run.init("C_VerifyInit", session, public, chosen))
    run.case(str(first + 4), run.p11.C_Verify(session, SIXTEEN, 16, signed, len(signed)))


def mute_card(run: Run) -> None:
    """Cases 1200 and 1201: the card is in the reader upside down and does not answer."""
    run.rig.insert_upside_down()
    p11, count = run.p11, ctypes.c_ulong()
    assert p11.C_Initialize(None) in (CKR.OK, CKR.CRYPTOKI_ALREADY_INITIALIZED)
    p11.ok("C_GetSlotList", 0, None, ctypes.byref(count))
    listed = (ctypes.c_ulong * count.value)()
    run.case("1200", p11.C_GetSlotList(0, listed, ctypes.byref(count)))
    run.case("1201", p11.C_GetSlotInfo(listed[0], ctypes.create_string_buffer(256)))
    run.finalize()
    run.rig.insert()
