"""The order of checks and the life of an operation, the same for every function that begins or ends one.

conformance-notes of the acceptance plan; PKCS #11 Specification 3.1, clauses 5.2 and 5.1.6.
"""

import ctypes
from dataclasses import dataclass

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.client import Module, mechanism
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR

MESSAGE = b"Repos et grand air"
NOBODY = 999
RSA, HASH = CKM.RSA_PKCS, CKM.SHA256


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of operation: how it begins, the key it takes, and what refuses data of a wrong length."""

    begin: str
    call: str
    key: CKO | None
    unknown_key: CKR = CKR.KEY_HANDLE_INVALID
    too_long: CKR = CKR.DATA_LEN_RANGE
    parts: bool = False

    @property
    def mechanism(self) -> CKM:
        return HASH if self.key is None else RSA

    def keyed(self, how: object, key: int) -> tuple[object, ...]:
        return (how,) if self.key is None else (how, key)


PRIVATE, PUBLIC = CKO.PRIVATE_KEY, CKO.PUBLIC_KEY
DIGEST = Kind("C_DigestInit", "C_Digest", None, parts=True)
SIGN = Kind("C_SignInit", "C_Sign", PRIVATE, parts=True)
ENCRYPT = Kind("C_EncryptInit", "C_Encrypt", PUBLIC, parts=True)
DECRYPT = Kind(
    "C_DecryptInit", "C_Decrypt", PRIVATE, CKR.OBJECT_HANDLE_INVALID, CKR.ENCRYPTED_DATA_LEN_RANGE, parts=True
)
SIGN_RECOVER = Kind("C_SignRecoverInit", "C_SignRecover", PRIVATE)
VERIFY_RECOVER = Kind("C_VerifyRecoverInit", "C_VerifyRecover", PUBLIC, too_long=CKR.SIGNATURE_LEN_RANGE)
VERIFY = Kind("C_VerifyInit", "C_Verify", PUBLIC)

PRODUCERS = (DIGEST, SIGN, ENCRYPT, DECRYPT, SIGN_RECOVER, VERIFY_RECOVER)
KEYED = (SIGN, ENCRYPT, DECRYPT, SIGN_RECOVER, VERIFY_RECOVER, VERIFY)


def named(kind: Kind) -> str:
    return kind.call


class Operations:
    """A session of the holder, the authentication key pair, and what each kind of operation is given."""

    def __init__(self, p11: Module, session: int, card: Card) -> None:
        self.p11 = p11
        self.session = session
        identifier = (CKA.ID, card.authentication.id)
        self.keys = {one: p11.one(session, (CKA.CLASS, one), identifier) for one in (PRIVATE, PUBLIC)}
        how = mechanism(RSA)
        self.signature = p11.sign(session, self.keys[PRIVATE], how, MESSAGE)
        self.data = {
            DECRYPT: p11.encrypt(session, self.keys[PUBLIC], how, MESSAGE),
            VERIFY_RECOVER: self.signature,
        }

    def key(self, kind: Kind) -> int:
        return 0 if kind.key is None else self.keys[kind.key]

    def begin(self, kind: Kind, how: CKM | None = None, key: int | None = None, session: int | None = None) -> CKR:
        chosen = kind.mechanism if how is None else how
        arguments = kind.keyed(ctypes.byref(mechanism(chosen)), self.key(kind) if key is None else key)
        return CKR(getattr(self.p11, kind.begin)(self.session if session is None else session, *arguments))

    def given(self, kind: Kind) -> bytes:
        return self.data.get(kind, MESSAGE)

    def end(self, kind: Kind, data: bytes | None, length: int, room: int | None) -> tuple[CKR, int]:
        """The one call that ends it, with `room` bytes for the result or none; the answer, and the length it gives."""
        buffer = None if room is None else ctypes.create_string_buffer(max(room, 1))
        written = ctypes.c_ulong(room or 0)
        answer = getattr(self.p11, kind.call)(self.session, data, length, buffer, ctypes.byref(written))
        return answer, written.value

    def final(self, kind: Kind, room: int | None) -> tuple[CKR, int]:
        buffer = None if room is None else ctypes.create_string_buffer(max(room, 1))
        written = ctypes.c_ulong(room or 0)
        return getattr(self.p11, f"{kind.call}Final")(self.session, buffer, ctypes.byref(written)), written.value

    def ended(self, kind: Kind) -> bool:
        data = self.given(kind)
        return self.end(kind, data, len(data), 256)[0] == CKR.OPERATION_NOT_INITIALIZED


@pytest.fixture
def operations(p11: Module, user: int, card: Card) -> Operations:
    return Operations(p11, user, card)


# --- the order of checks


@pytest.mark.parametrize("kind", [DIGEST, *KEYED], ids=named)
def test_the_session_comes_first(operations: Operations, kind: Kind) -> None:
    assert operations.begin(kind, CKM.RSA_PKCS_KEY_PAIR_GEN, 0, NOBODY) == CKR.SESSION_HANDLE_INVALID


@pytest.mark.parametrize("kind", KEYED, ids=named)
def test_then_the_operation_that_is_under_way(operations: Operations, kind: Kind) -> None:
    assert operations.begin(kind) == CKR.OK
    assert operations.begin(kind, CKM.RSA_PKCS_KEY_PAIR_GEN, NOBODY) == CKR.OPERATION_ACTIVE


@pytest.mark.parametrize("kind", KEYED, ids=named)
def test_then_the_key_then_the_login_then_the_mechanism(operations: Operations, kind: Kind) -> None:
    junk = CKM.RSA_PKCS_KEY_PAIR_GEN
    assert operations.begin(kind, junk, 0) == kind.unknown_key
    assert operations.begin(kind, junk, NOBODY) == kind.unknown_key
    assert operations.begin(kind, junk) == CKR.MECHANISM_INVALID
    other = operations.keys[PUBLIC if kind.key == PRIVATE else PRIVATE]
    assert operations.begin(kind, key=other) == CKR.KEY_TYPE_INCONSISTENT
    operations.p11.ok("C_Logout", operations.session)
    expected = CKR.USER_NOT_LOGGED_IN if kind.key == PRIVATE else CKR.MECHANISM_INVALID
    assert operations.begin(kind, junk) == expected


@pytest.mark.parametrize("kind", KEYED, ids=named)
def test_then_a_parameter_that_the_mechanism_does_not_have(operations: Operations, kind: Kind) -> None:
    """It points nowhere, so nobody may read it."""
    for pointer, length in ((0x10, 16), (None, 16), (0x10, 0), (None, 2**64 - 1)):
        how = mechanism(kind.mechanism)
        how.pParameter, how.ulParameterLen = pointer, length
        answer = getattr(operations.p11, kind.begin)(operations.session, ctypes.byref(how), operations.key(kind))
        assert answer == CKR.MECHANISM_PARAM_INVALID
    assert operations.begin(kind) == CKR.OK


@pytest.mark.parametrize("kind", PRODUCERS, ids=named)
def test_data_are_checked_before_the_buffer_and_the_buffer_before_the_length(
    operations: Operations, kind: Kind
) -> None:
    assert operations.begin(kind) == CKR.OK
    assert operations.end(kind, None, 16, 0)[0] == CKR.ARGUMENTS_BAD
    if kind is not DIGEST:
        assert operations.end(kind, bytes(513), 513, 1)[0] == CKR.BUFFER_TOO_SMALL
        assert operations.end(kind, bytes(513), 513, 256)[0] == kind.too_long


def test_a_verification_looks_at_the_data_then_at_its_writtenthen_at_the_signature_s(operations: Operations) -> None:
    def verify(data: bytes | None, length: int, signature: bytes) -> CKR:
        return operations.p11.C_Verify(operations.session, data, length, signature, len(signature))

    assert operations.begin(VERIFY) == CKR.OK
    assert verify(None, 513, bytes(128)) == CKR.ARGUMENTS_BAD
    assert verify(bytes(513), 513, bytes(128)) == CKR.DATA_LEN_RANGE
    assert operations.begin(VERIFY) == CKR.OK
    assert verify(MESSAGE, len(MESSAGE), bytes(124)) == CKR.SIGNATURE_LEN_RANGE
    assert verify(MESSAGE, len(MESSAGE), operations.signature) == CKR.OPERATION_NOT_INITIALIZED


# --- the life of an operation


@pytest.mark.parametrize("kind", PRODUCERS, ids=named)
def test_it_goes_on_until_its_result_is_handed_over(operations: Operations, kind: Kind) -> None:
    data = operations.given(kind)
    assert operations.begin(kind) == CKR.OK
    answer, size = operations.end(kind, data, len(data), None)
    assert answer == CKR.OK
    assert operations.end(kind, data, len(data), 2)[0] == CKR.BUFFER_TOO_SMALL
    assert operations.end(kind, None, len(data), size)[0] == CKR.ARGUMENTS_BAD
    assert operations.begin(kind) == CKR.OPERATION_ACTIVE
    assert operations.end(kind, data, len(data), size)[0] == CKR.OK
    assert operations.ended(kind)
    assert operations.begin(kind) == CKR.OK


@pytest.mark.parametrize("kind", [kind for kind in PRODUCERS if kind.parts], ids=named)
def test_it_goes_on_in_parts_as_well(operations: Operations, kind: Kind) -> None:
    data = operations.given(kind)
    assert operations.begin(kind) == CKR.OK
    for part in (data[:5], data[5:]):
        output = (ctypes.create_string_buffer(256), ctypes.byref(ctypes.c_ulong(256)))
        operations.p11.ok(
            f"{kind.call}Update", operations.session, part, len(part), *(output if kind in (ENCRYPT, DECRYPT) else ())
        )
    answer, size = operations.final(kind, None)
    assert answer == CKR.OK
    assert operations.final(kind, 2)[0] == CKR.BUFFER_TOO_SMALL
    assert operations.begin(kind) == CKR.OPERATION_ACTIVE
    assert operations.final(kind, size)[0] == CKR.OK
    assert operations.final(kind, size)[0] == CKR.OPERATION_NOT_INITIALIZED


@pytest.mark.parametrize("kind", [kind for kind in PRODUCERS if kind is not DIGEST], ids=named)
def test_data_of_a_wrong_writtenend_it(operations: Operations, kind: Kind) -> None:
    assert operations.begin(kind) == CKR.OK
    assert operations.end(kind, bytes(513), 513, 512)[0] == kind.too_long
    assert operations.ended(kind)


@pytest.mark.parametrize("close", ["C_CloseAllSessions", "C_CloseSession"])
@pytest.mark.parametrize("kind", PRODUCERS, ids=named)
def test_closing_the_session_ends_it(operations: Operations, slot: int, kind: Kind, close: str) -> None:
    assert operations.begin(kind) == CKR.OK
    operations.p11.ok(close, slot if close == "C_CloseAllSessions" else operations.session)
    operations.session = operations.p11.open(slot)
    assert operations.ended(kind)


def test_operations_of_different_kinds_run_side_by_side_in_a_session(operations: Operations) -> None:
    for kind in (*PRODUCERS, VERIFY):
        assert operations.begin(kind) == CKR.OK
    for kind in reversed(PRODUCERS):
        data = operations.given(kind)
        assert operations.end(kind, data, len(data), 256)[0] == CKR.OK
    assert operations.p11.C_Verify(operations.session, MESSAGE, len(MESSAGE), operations.signature, 256) == CKR.OK
