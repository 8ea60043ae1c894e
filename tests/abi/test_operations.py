"""Calls as applications make them: which end an operation, which touch the card, which leave both alone."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from conformance.virtual_card.variations import vary
from cryptolib.cryptoki.constants import (
    CKA_CLASS,
    CKA_ID,
    CKA_LABEL,
    CKA_PRIVATE_EXPONENT,
    CKA_VALUE,
    CKM_RSA_PKCS,
    CKM_SHA256,
    CKM_SHA256_RSA_PKCS,
    CKO_DATA,
    CKO_SECRET_KEY,
    CKR_ARGUMENTS_BAD,
    CKR_ATTRIBUTE_READ_ONLY,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_BUFFER_TOO_SMALL,
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_KEY_HANDLE_INVALID,
    CKR_KEY_TYPE_INCONSISTENT,
    CKR_MECHANISM_INVALID,
    CKR_OK,
    CKR_OPERATION_ACTIVE,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_SESSION_HANDLE_INVALID,
    CKR_USER_NOT_LOGGED_IN,
)
from tests.abi.host import NULL, Host, ffi, initialised, mechanism, template
from tests.support import SIGNATURE, SMALL_CPS_DATA, certificate, public_key

SIGNING_KEY = 1
CERTIFICATE = 2
MESSAGE = b"feuille de soins"
MESSAGE_MEMORY = ffi.new("char[]", MESSAGE)


def sizes(length: int = 256) -> tuple[Any, Any]:
    return ffi.new("unsigned char[]", length), ffi.new("unsigned long *", length)


def begin(host: Host, number: int = CKM_SHA256_RSA_PKCS, key: int = SIGNING_KEY) -> int:
    return host.call("C_SignInit", host.session, mechanism(number), key)


class TestSigning:
    def test_data_are_signed_in_one_call(self, host: Host) -> None:
        assert begin(host) == CKR_OK
        signature, length = sizes()
        host.ok("C_Sign", host.session, MESSAGE_MEMORY, len(MESSAGE), signature, length)
        self.check(host, bytes(ffi.buffer(signature, length[0])))

    def test_data_are_signed_in_parts(self, host: Host) -> None:
        assert begin(host) == CKR_OK
        for letter in MESSAGE:
            host.ok("C_SignUpdate", host.session, ffi.new("char[]", bytes((letter,))), 1)
        signature, length = sizes()
        host.ok("C_SignFinal", host.session, signature, length)
        self.check(host, bytes(ffi.buffer(signature, length[0])))

    def check(self, host: Host, signature: bytes) -> None:
        profile = host.connection().card.name
        public_key(profile, SIGNATURE).verify(signature, MESSAGE, PKCS1v15(), hashes.SHA256())

    def test_questions_about_the_length_ask_no_card(self, host: Host) -> None:
        begin(host)
        host.forget()
        signature, length = sizes()
        host.ok("C_Sign", host.session, MESSAGE_MEMORY, len(MESSAGE), NULL, length)
        assert length[0] == 256
        length[0] = 255
        assert (
            host.call("C_Sign", host.session, MESSAGE_MEMORY, len(MESSAGE), signature, length) == CKR_BUFFER_TOO_SMALL
        )
        assert (length[0], host.commands()) == (256, [])
        host.ok("C_Sign", host.session, MESSAGE_MEMORY, len(MESSAGE), signature, length)
        self.check(host, bytes(ffi.buffer(signature)))

    def test_the_operation_ends_with_the_signature(self, host: Host) -> None:
        begin(host)
        assert begin(host) == CKR_OPERATION_ACTIVE
        signature, length = sizes()
        host.ok("C_Sign", host.session, MESSAGE_MEMORY, len(MESSAGE), signature, length)
        assert host.call("C_SignFinal", host.session, signature, length) == CKR_OPERATION_NOT_INITIALIZED
        assert begin(host) == CKR_OK

    def test_what_update_began_the_single_call_does_not_end(self, host: Host) -> None:
        begin(host)
        host.ok("C_SignUpdate", host.session, MESSAGE_MEMORY, len(MESSAGE))
        signature, length = sizes()
        assert host.call("C_Sign", host.session, MESSAGE_MEMORY, 1, signature, length) == CKR_OPERATION_ACTIVE
        host.ok("C_SignFinal", host.session, signature, length)
        self.check(host, bytes(ffi.buffer(signature)))

    def test_an_error_ends_the_operation(self, host: Host) -> None:
        begin(host, CKM_RSA_PKCS)
        signature, length = sizes()
        assert host.call("C_Sign", host.session, MESSAGE_MEMORY, 5, signature, length) == CKR_DATA_INVALID
        assert host.call("C_Sign", host.session, MESSAGE_MEMORY, 5, signature, length) == CKR_OPERATION_NOT_INITIALIZED
        begin(host, CKM_RSA_PKCS)
        assert host.call("C_SignUpdate", host.session, ffi.new("char[300]"), 300) == CKR_DATA_LEN_RANGE
        assert host.call("C_SignFinal", host.session, signature, length) == CKR_OPERATION_NOT_INITIALIZED
        assert bytes(ffi.buffer(signature)) == bytes(256)

    def test_a_null_mechanism_cancels(self, host: Host) -> None:
        begin(host)
        host.ok("C_SignInit", host.session, NULL, SIGNING_KEY)
        assert host.call("C_SignInit", host.session, NULL, SIGNING_KEY) == CKR_ARGUMENTS_BAD
        assert begin(host) == CKR_OK

    @pytest.mark.parametrize(
        ("number", "key", "code"),
        [
            (CKM_SHA256_RSA_PKCS, 0, CKR_KEY_HANDLE_INVALID),
            (CKM_SHA256_RSA_PKCS, 999, CKR_KEY_HANDLE_INVALID),
            (CKM_SHA256, SIGNING_KEY, CKR_MECHANISM_INVALID),
            (0x80000000, SIGNING_KEY, CKR_MECHANISM_INVALID),
            (CKM_SHA256_RSA_PKCS, 7, CKR_KEY_TYPE_INCONSISTENT),  # a data object
        ],
    )
    def test_a_wrong_init_is_refused(self, host: Host, number: int, key: int, code: int) -> None:
        assert begin(host, number, key) == code
        assert host.call("C_SignUpdate", host.session, MESSAGE_MEMORY, 1) == CKR_OPERATION_NOT_INITIALIZED

    def test_nothing_is_signed_after_logout(self, host: Host) -> None:
        """An operation begun before does not outlive the login."""
        begin(host)
        host.ok("C_Logout", host.session)
        signature, length = sizes()
        assert host.call("C_Sign", host.session, MESSAGE_MEMORY, 5, signature, length) == CKR_USER_NOT_LOGGED_IN
        assert begin(host) == CKR_USER_NOT_LOGGED_IN


class TestObjects:
    def find(self, host: Host, *attributes: tuple[int, bytes | int | None]) -> list[int]:
        host.ok("C_FindObjectsInit", host.session, template(*attributes) if attributes else NULL, len(attributes))
        found: list[int] = []
        room, count = ffi.new("unsigned long[3]"), ffi.new("unsigned long *", 1)
        while count[0]:
            host.ok("C_FindObjects", host.session, room, 3, count)
            found.extend(room[0 : count[0]])
        host.ok("C_FindObjectsFinal", host.session)
        return found

    def test_objects_are_found_in_batches(self, host: Host) -> None:
        found = self.find(host)
        assert found == list(range(1, len(found) + 1))

    def test_what_a_card_cannot_hold_is_not_looked_for(self) -> None:
        with initialised("cps3") as host:
            host.session = host.open()
            spent = [list(connection.commands) for connection in host.readers.plugged[0].connections]
            assert self.find(host, (CKA_CLASS, CKO_SECRET_KEY.to_bytes(8, "little"))) == []
            assert [connection.commands for connection in host.readers.plugged[0].connections] == spent

    def test_a_certificate_by_its_value(self, host: Host) -> None:
        value = certificate(host.connection().card.name, SIGNATURE)
        self.find(host)
        host.forget()
        [handle] = self.find(host, (CKA_VALUE, value))
        answer = template((CKA_LABEL, 100))
        host.ok("C_GetAttributeValue", host.session, handle, answer, 1)
        assert bytes(ffi.buffer(answer[0].pValue, answer[0].ulValueLen)) == b"Certificat de Signature CPS"
        assert not [command for command in host.commands() if "D1" in command[10:24]], "no data object was read"

    def test_every_attribute_is_answered_and_the_first_failure_returned(self, host: Host) -> None:
        asked = template((CKA_PRIVATE_EXPONENT, 10), (CKA_ID, 100), (0x80001234, 10), (CKA_LABEL, None), (CKA_ID, 1))
        assert host.call("C_GetAttributeValue", host.session, SIGNING_KEY, asked, 5) == CKR_ATTRIBUTE_SENSITIVE
        unavailable = (1 << 64) - 1
        assert [entry.ulValueLen for entry in asked] == [unavailable, 14, unavailable, 12, unavailable]
        assert host.call("C_GetAttributeValue", host.session, SIGNING_KEY, asked + 2, 1) == CKR_ATTRIBUTE_TYPE_INVALID
        asked[4].ulValueLen = 1
        assert host.call("C_GetAttributeValue", host.session, SIGNING_KEY, asked + 4, 1) == CKR_BUFFER_TOO_SMALL

    def test_a_null_template_with_a_count_is_a_bad_argument(self, host: Host) -> None:
        host.ok("C_GetAttributeValue", host.session, SIGNING_KEY, NULL, 0)
        assert host.call("C_GetAttributeValue", host.session, SIGNING_KEY, NULL, 1) == CKR_ARGUMENTS_BAD
        assert host.call("C_FindObjectsInit", host.session, NULL, 1) == CKR_ARGUMENTS_BAD

    def test_only_cps_data_is_written(self, host: Host) -> None:
        vary(host.connection().card, SMALL_CPS_DATA)
        [handle] = self.find(host, (CKA_LABEL, b"CPS_DATA"), (CKA_CLASS, CKO_DATA.to_bytes(8, "little")))
        host.ok("C_SetAttributeValue", host.session, handle, template((CKA_VALUE, b"mine")), 1)
        assert host.connection().card.file("3F00/0001/D107").content == b"mine".ljust(256, b"\0")
        for target, attribute in ((handle, CKA_LABEL), (CERTIFICATE, CKA_VALUE), (SIGNING_KEY, CKA_ID)):
            code = host.call("C_SetAttributeValue", host.session, target, template((attribute, b"x")), 1)
            assert code == CKR_ATTRIBUTE_READ_ONLY


class TestOtherChapters:
    def test_a_digest_follows_its_length_query_without_the_card(self, host: Host) -> None:
        host.ok("C_DigestInit", host.session, mechanism(CKM_SHA256))
        host.forget()
        digest, length = sizes(32)
        host.ok("C_Digest", host.session, MESSAGE_MEMORY, len(MESSAGE), NULL, length)
        host.ok("C_Digest", host.session, MESSAGE_MEMORY, len(MESSAGE), digest, length)
        running = hashes.Hash(hashes.SHA256())
        running.update(MESSAGE)
        assert bytes(ffi.buffer(digest)) == running.finalize()
        assert host.commands() == []

    def test_random_bytes_fill_no_more_than_asked(self, host: Host) -> None:
        room = ffi.new("unsigned char[]", 20)
        host.ok("C_GenerateRandom", host.session, room, 17)
        assert bytes(ffi.buffer(room))[17:] == bytes(3)
        assert bytes(ffi.buffer(room))[:17] != bytes(17)
        assert host.call("C_GenerateRandom", host.session, NULL, 17) == CKR_ARGUMENTS_BAD

    def test_encryption_and_decryption(self, host: Host) -> None:
        key = {"cps3": (4, 6), "cps4": (4, 5)}[host.connection().card.name]
        host.ok("C_EncryptInit", host.session, mechanism(CKM_RSA_PKCS), key[1])
        cryptogram, length = sizes()
        host.ok("C_Encrypt", host.session, MESSAGE_MEMORY, len(MESSAGE), cryptogram, length)
        host.ok("C_DecryptInit", host.session, mechanism(CKM_RSA_PKCS), key[0])
        plain, room = sizes()
        host.ok("C_Decrypt", host.session, cryptogram, 256, plain, room)
        assert bytes(ffi.buffer(plain, room[0])) == MESSAGE

    def test_an_unknown_session_is_refused_everywhere(self, host: Host) -> None:
        for session in (0, 999, (1 << 64) - 1):
            assert host.call("C_CloseSession", session) == CKR_SESSION_HANDLE_INVALID
            assert host.call("C_SignUpdate", session, MESSAGE_MEMORY, 1) == CKR_SESSION_HANDLE_INVALID
            assert host.call("C_GenerateRandom", session, NULL, 1) == CKR_SESSION_HANDLE_INVALID
            assert host.call("C_Logout", session) == CKR_SESSION_HANDLE_INVALID
