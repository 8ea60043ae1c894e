"""Cases 401 to 517: encryption with the authentication public key, decryption by the card.

Case 400 stands in the plan only: the program that plays it demands the working encryption of 401 to 409 instead.
"""

import ctypes

from conformance.acceptance.run import INVALID, NOWHERE, SERIAL, Play, garbage, out
from conformance.testbed.cards import PIN
from conformance.testbed.client import mechanism
from conformance.testbed.cryptoki import CKM, CKO, CKR, CKU, InitializeArguments

PLAIN = b"15 caracteres..\0"


def encryption(play: Play) -> None:
    p11 = play.p11
    play.initialize()
    play.case("401", play.begin("C_EncryptInit", NOWHERE, 0, garbage()))
    session = play.open(rw=True)
    play.case("402", play.begin("C_EncryptInit", session, 0, garbage()))
    play.log_in(session)
    public = play.by_certificate(session, CKO.PUBLIC_KEY)
    play.case("403", play.begin("C_EncryptInit", session, public, INVALID))
    private = play.private_key(session, play.card.authentication.private)
    play.case("404", play.begin("C_EncryptInit", session, private, CKM.RSA_PKCS))
    play.close_all()
    session = play.open(rw=True)
    play.log_in(session)
    public = play.by_certificate(session, CKO.PUBLIC_KEY)
    length = ctypes.c_ulong()
    play.case("405", p11.C_Encrypt(session, PLAIN, 15, None, ctypes.byref(length)))
    play.case("406", play.begin("C_EncryptInit", session, public, CKM.RSA_PKCS))
    play.case("407", p11.C_Encrypt(session, PLAIN, 0, None, None))
    buffer, told = out(30, 12)
    play.case("408", p11.C_Encrypt(session, PLAIN, 16, buffer, ctypes.byref(told)))
    p11.ok("C_Encrypt", session, PLAIN, 16, None, ctypes.byref(length))
    buffer, told = out(length.value)
    play.case("409", p11.C_Encrypt(session, PLAIN, 16, buffer, ctypes.byref(told)))
    play.kept["cipher"] = buffer.raw[: told.value]
    play.close_all()
    play.finalize()


def decryption(play: Play) -> None:
    play.case("500", play.begin("C_DecryptInit", NOWHERE, 0, garbage()))
    reserved = ctypes.create_string_buffer(b"winlogonDecrypt")
    arguments = InitializeArguments(None, None, None, None, 3, ctypes.cast(reserved, ctypes.c_void_p))
    play.p11.ok("C_Initialize", ctypes.byref(arguments))
    play.case("501", play.begin("C_DecryptInit", NOWHERE, 0, garbage()))
    _refusals(play)
    _decrypt_step_by_step(play)
    play.close_all()
    play.finalize()
    _decrypt_without_the_reserved_string(play)


def _refusals(play: Play) -> None:
    p11, session = play.p11, play.open()
    play.case("502", p11.C_Login(session, CKU.USER, PIN, 4))
    play.case("503", play.begin("C_DecryptInit", session, 0, garbage()))
    key = play.by_certificate(session, CKO.PRIVATE_KEY)
    play.case("504", play.begin("C_DecryptInit", session, key, INVALID))
    p11.ok("C_Logout", session)
    play.case("505", play.begin("C_DecryptInit", session, key, CKM.RSA_PKCS))
    play.close_all()


def _decrypt_step_by_step(play: Play) -> None:
    p11, cipher, length = play.p11, play.kept["cipher"], ctypes.c_ulong()
    session = play.open_and_log_in()
    key = play.by_certificate(session, CKO.PRIVATE_KEY)
    play.case("506", p11.C_Decrypt(session, cipher, 16, None, ctypes.byref(length)))
    play.case("507", p11.C_Decrypt(NOWHERE, cipher, 16, None, ctypes.byref(length)))
    play.case("508", play.begin("C_DecryptInit", session, key, CKM.RSA_PKCS))
    play.case("509", p11.C_Decrypt(session, None, len(cipher), None, ctypes.byref(length)))
    buffer, told = out(256, 2)
    play.case("510", p11.C_Decrypt(session, cipher, len(cipher), buffer, ctypes.byref(told)))
    _query_and_decrypt(play, session, "511", "512")


def _decrypt_without_the_reserved_string(play: Play) -> None:
    p11 = play.p11
    play.case("513", p11.C_Initialize(None))
    session = ctypes.c_ulong()
    assert play.open_session(play.slot, SERIAL, session) == CKR.OK
    play.case("514", p11.C_Login(session.value, CKU.USER, PIN, 4))
    key = play.by_certificate(session.value, CKO.PRIVATE_KEY)
    play.case("515", p11.C_DecryptInit(session.value, ctypes.byref(mechanism(CKM.RSA_PKCS)), key))
    _query_and_decrypt(play, session.value, "516", "517")
    play.close_all()
    play.finalize()


def _query_and_decrypt(play: Play, session: int, query: str, result: str) -> None:
    """The buffer has 32 bytes only: the length that the query told is passed on unchanged, as the program does."""
    cipher, length = play.kept["cipher"], ctypes.c_ulong()
    play.case(query, play.p11.C_Decrypt(session, cipher, len(cipher), None, ctypes.byref(length)))
    guarded = ctypes.create_string_buffer(b"\xee" * 512, 512)
    rv = play.p11.C_Decrypt(session, cipher, len(cipher), guarded, ctypes.byref(length))
    assert rv != CKR.OK or guarded.raw[: length.value] == PLAIN
    assert guarded.raw[32:] == b"\xee" * 480, "the program has no more room than 32 bytes"
    play.case(result, rv)
