"""Cases 401 to 517: encryption with the authentication public key, decryption by the card.

Case 400 stands in the plan only: the program that runs it demands the working encryption of 401 to 409 instead.
"""

import ctypes

from conformance.acceptance.run import INVALID, NO_SESSION, SERIAL, Run, garbage_mechanism, output_buffer
from conformance.testbed.cards import PIN
from conformance.testbed.client import mechanism
from conformance.testbed.cryptoki import CKM, CKO, CKR, CKU, InitializeArguments

PLAIN = b"15 caracteres..\0"


def encryption(run: Run) -> None:
    p11 = run.p11
    run.initialize()
    run.case("401", run.init("C_EncryptInit", NO_SESSION, 0, garbage_mechanism()))
    session = run.open(rw=True)
    run.case("402", run.init("C_EncryptInit", session, 0, garbage_mechanism()))
    run.log_in(session)
    public = run.by_certificate(session, CKO.PUBLIC_KEY)
    run.case("403", run.init("C_EncryptInit", session, public, INVALID))
    private = run.private_key(session, run.card.authentication.private)
    run.case("404", run.init("C_EncryptInit", session, private, CKM.RSA_PKCS))
    run.close_all()
    session = run.open(rw=True)
    run.log_in(session)
    public = run.by_certificate(session, CKO.PUBLIC_KEY)
    length = ctypes.c_ulong()
    run.case("405", p11.C_Encrypt(session, PLAIN, 15, None, ctypes.byref(length)))
    run.case("406", run.init("C_EncryptInit", session, public, CKM.RSA_PKCS))
    run.case("407", p11.C_Encrypt(session, PLAIN, 0, None, None))
    buffer, size = output_buffer(30, 12)
    run.case("408", p11.C_Encrypt(session, PLAIN, 16, buffer, ctypes.byref(size)))
    p11.ok("C_Encrypt", session, PLAIN, 16, None, ctypes.byref(length))
    buffer, size = output_buffer(length.value)
    run.case("409", p11.C_Encrypt(session, PLAIN, 16, buffer, ctypes.byref(size)))
    run.kept["cipher"] = buffer.raw[: size.value]
    run.close_all()
    run.finalize()


def decryption(run: Run) -> None:
    run.case("500", run.init("C_DecryptInit", NO_SESSION, 0, garbage_mechanism()))
    reserved = ctypes.create_string_buffer(b"winlogonDecrypt")
    arguments = InitializeArguments(None, None, None, None, 3, ctypes.cast(reserved, ctypes.c_void_p))
    run.p11.ok("C_Initialize", ctypes.byref(arguments))
    run.case("501", run.init("C_DecryptInit", NO_SESSION, 0, garbage_mechanism()))
    _refusals(run)
    _decrypt_step_by_step(run)
    run.close_all()
    run.finalize()
    _decrypt_without_the_reserved_string(run)


def _refusals(run: Run) -> None:
    p11, session = run.p11, run.open()
    run.case("502", p11.C_Login(session, CKU.USER, PIN, 4))
    run.case("503", run.init("C_DecryptInit", session, 0, garbage_mechanism()))
    key = run.by_certificate(session, CKO.PRIVATE_KEY)
    run.case("504", run.init("C_DecryptInit", session, key, INVALID))
    p11.ok("C_Logout", session)
    run.case("505", run.init("C_DecryptInit", session, key, CKM.RSA_PKCS))
    run.close_all()


def _decrypt_step_by_step(run: Run) -> None:
    p11, cipher, length = run.p11, run.kept["cipher"], ctypes.c_ulong()
    session = run.open_and_log_in()
    key = run.by_certificate(session, CKO.PRIVATE_KEY)
    run.case("506", p11.C_Decrypt(session, cipher, 16, None, ctypes.byref(length)))
    run.case("507", p11.C_Decrypt(NO_SESSION, cipher, 16, None, ctypes.byref(length)))
    run.case("508", run.init("C_DecryptInit", session, key, CKM.RSA_PKCS))
    run.case("509", p11.C_Decrypt(session, None, len(cipher), None, ctypes.byref(length)))
    buffer, size = output_buffer(256, 2)
    run.case("510", p11.C_Decrypt(session, cipher, len(cipher), buffer, ctypes.byref(size)))
    _query_and_decrypt(run, session, "511", "512")


def _decrypt_without_the_reserved_string(run: Run) -> None:
    p11 = run.p11
    run.case("513", p11.C_Initialize(None))
    session = ctypes.c_ulong()
    assert run.open_session(run.slot, SERIAL, session) == CKR.OK
    run.case("514", p11.C_Login(session.value, CKU.USER, PIN, 4))
    key = run.by_certificate(session.value, CKO.PRIVATE_KEY)
    run.case("515", p11.C_DecryptInit(session.value, ctypes.byref(mechanism(CKM.RSA_PKCS)), key))
    _query_and_decrypt(run, session.value, "516", "517")
    run.close_all()
    run.finalize()


def _query_and_decrypt(run: Run, session: int, query: str, result: str) -> None:
    """The buffer has 32 bytes only: the length that the query gave is passed on unchanged, as the program does."""
    cipher, length = run.kept["cipher"], ctypes.c_ulong()
    run.case(query, run.p11.C_Decrypt(session, cipher, len(cipher), None, ctypes.byref(length)))
    guarded = ctypes.create_string_buffer(b"\xee" * 512, 512)
    rv = run.p11.C_Decrypt(session, cipher, len(cipher), guarded, ctypes.byref(length))
    assert rv != CKR.OK or guarded.raw[: length.value] == PLAIN
    assert guarded.raw[32:] == b"\xee" * 480, "the program has no more room than 32 bytes"
    run.case(result, rv)
