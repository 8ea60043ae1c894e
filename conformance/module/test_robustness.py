"""Whatever an application does wrong, the module answers with an error and stays alive.

PKCS #11 Specification 3.1, clause 5.1. The host is a C program of its own, so that a crash is seen as one.
"""

import ctypes
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.testbed.c_host import WORD, Host
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import FUNCTIONS, module_path
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKR, CKU, Attribute, Mechanism
from conformance.testbed.rig import Rig

HUGE = [2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
BEYOND_REACH = {"C_Initialize", "C_Finalize", "C_GetFunctionList"}
"""Functions that decide whether the others work; they have their own tests."""

NAMES = sorted(FUNCTIONS.keys() - BEYOND_REACH)

LONG = 4096
"""More than any call needs, and less than the memory it is given."""

MAY_BE_NULL = {
    "pReserved*", "pApplication*", "Notify*", "pSlotList*", "pMechanismList*",
    # an output of which only the length is asked
    "pEncryptedData*", "pData*", "pDigest*", "pSignature*",
}  # fmt: skip


class PreparedHost:
    """A host with a session in which the holder is logged in, and memory to fill any argument decently."""

    def __init__(self, host: Host) -> None:
        self.host = host
        assert host.call("C_Initialize", 0) == CKR.OK
        slots, count = host.alloc(8 * WORD), host.holding((8).to_bytes(WORD, "little"))
        assert host.call("C_GetSlotList", 1, slots, count) == CKR.OK
        self.slot = host.word(slots)
        self.room = host.alloc(65_536)
        self.zeros = host.alloc(64)
        self.mechanism = host.holding(bytes(Mechanism(CKM.RSA_PKCS, None, 0)))
        self.template = host.alloc(LONG * 3 * WORD)
        self.session = self.open_session()

    def open_session(self) -> int:
        handle = self.host.alloc(WORD)
        flags = CKF.SERIAL_SESSION | CKF.RW_SESSION
        assert self.host.call("C_OpenSession", self.slot, flags, 0, 0, handle) == CKR.OK
        session = self.host.word(handle)
        self.host.call("C_Login", session, CKU.USER, self.host.holding(PIN), len(PIN))
        return session

    def valid_arguments(self, name: str) -> list[int]:
        """Arguments with which a call of that function is in order, as far as memory and handles go."""
        self.host.write(self.room, bytes(64))
        return [self._valid_argument(name, parameter) for parameter in FUNCTIONS[name]]

    def _valid_argument(self, name: str, parameter: str) -> int:
        if parameter == "hSession":
            return self.session
        if parameter == "slotID":
            return self.slot
        if parameter == "flags":
            return CKF.DONT_BLOCK if name == "C_WaitForSlotEvent" else CKF.SERIAL_SESSION
        if parameter == "pMechanism*":
            return self.mechanism
        if parameter in ("pTemplate*", "pPublic*", "pPrivate*"):
            return self.template
        return self.room if parameter.endswith("*") else 1

    def alive(self) -> bool:
        return self.host.call("C_GetInfo", self.room) == CKR.OK


@contextmanager
def prepared_host(program: Path, rig: Rig) -> Iterator[PreparedHost]:
    with Host(program, rig.env) as host:
        host.load(module_path())
        yield PreparedHost(host)


@pytest.fixture
def host(program: Path, rig: Rig, card: Card) -> Iterator[PreparedHost]:
    with prepared_host(program, rig) as prepared:
        yield prepared


def test_nothing_works_before_c_initialize(program: Path, rig: Rig, card: Card) -> None:
    """Not even with NULL everywhere does a call look at its arguments."""
    with Host(program, rig.env) as bare:
        bare.load(module_path())
        answers = {name: bare.call(name) for name in FUNCTIONS if name not in BEYOND_REACH - {"C_Finalize"}}
    without_state = {"C_GetFunctionStatus", "C_CancelFunction"}
    for name, rv in answers.items():
        assert rv == CKR.CRYPTOKI_NOT_INITIALIZED or name in without_state, f"{name}: {rv.name}"


def test_every_pointer_may_be_null(host: PreparedHost) -> None:
    for name in NAMES:
        for at, parameter in enumerate(FUNCTIONS[name]):
            if parameter.endswith("*"):
                arguments = host.valid_arguments(name)
                arguments[at] = 0
                rv = host.host.call(name, *arguments)
                assert rv != CKR.OK or parameter in MAY_BE_NULL, f"{name} {parameter}"
        values = zip(FUNCTIONS[name], host.valid_arguments(name), strict=True)
        host.host.call(name, *[0 if parameter.endswith("*") else value for parameter, value in values])
    assert host.alive()


def test_every_pointer_may_be_null_while_operations_run(host: PreparedHost) -> None:
    """The same with a search, a digest and key operations begun again and again, where the functions get further."""
    sha = host.host.holding(bytes(Mechanism(CKM.SHA256, None, 0)))
    for name in NAMES:
        for at, parameter in enumerate(FUNCTIONS[name]):
            if parameter.endswith("*"):
                host.host.call("C_FindObjectsInit", host.session, 0, 0)
                host.host.call("C_DigestInit", host.session, sha)
                for handle in range(1, 8):
                    for begin in ("C_SignInit", "C_VerifyInit", "C_DecryptInit", "C_EncryptInit"):
                        host.host.call(begin, host.session, host.mechanism, handle)
                arguments = host.valid_arguments(name)
                arguments[at] = 0
                host.host.call(name, *arguments)
    assert host.alive()


def test_handles_that_never_were_are_found_out(host: PreparedHost) -> None:
    for name in NAMES:
        for at, parameter in enumerate(FUNCTIONS[name]):
            if parameter in ("hSession", "slotID"):
                expected = CKR.SESSION_HANDLE_INVALID if parameter == "hSession" else CKR.SLOT_ID_INVALID
                for wrong in (0x1234_5678, *HUGE):
                    arguments = host.valid_arguments(name)
                    arguments[at] = wrong
                    rv = host.host.call(name, *arguments)
                    possible = (expected, CKR.FUNCTION_NOT_SUPPORTED, CKR.FUNCTION_NOT_PARALLEL)
                    assert rv in possible, f"{name} with {wrong:#x} answered {rv.name}"
    assert host.alive()


def test_a_missing_pointer_is_a_bad_argument(host: PreparedHost) -> None:
    session, slot, room = host.session, host.slot, host.room
    refused = {
        "C_GetInfo": (0,),
        "C_GetFunctionList": (0,),
        "C_GetSlotList": (1, room, 0),
        "C_GetSlotInfo": (slot, 0),
        "C_GetTokenInfo": (slot, 0),
        "C_GetMechanismList": (slot, room, 0),
        "C_GetMechanismInfo": (slot, CKM.RSA_PKCS, 0),
        "C_OpenSession": (slot, CKF.SERIAL_SESSION, 0, 0, 0),
        "C_GetSessionInfo": (session, 0),
        "C_GetAttributeValue": (session, 1, 0, 1),
        "C_FindObjectsInit": (session, 0, 1),
        "C_DigestInit": (session, 0),
        "C_SignInit": (session, 0, 1),
        "C_VerifyInit": (session, 0, 1),
        "C_EncryptInit": (session, 0, 1),
        "C_DecryptInit": (session, 0, 1),
        "C_GenerateRandom": (session, 0, 8),
        "C_WaitForSlotEvent": (CKF.DONT_BLOCK, 0, 0),
    }
    answers = {name: host.host.call(name, *arguments).name for name, arguments in refused.items()}
    assert answers == dict.fromkeys(refused, "ARGUMENTS_BAD")


@pytest.mark.parametrize("huge", HUGE)
def test_lengths_beyond_all_memory_are_refused_before_they_are_read(host: PreparedHost, huge: int, rig: Rig) -> None:
    """The length is wrong, so nothing may be copied before it is checked."""
    session, room = host.session, host.room
    size = host.host.holding((256).to_bytes(WORD, "little"))
    calls = {
        "C_Login": (session, CKU.USER, room, huge),
        "C_SetPIN": (session, room, huge, room, 4),
        "C_InitPIN": (session, room, huge),
        "C_GetAttributeValue": (session, 1, room, huge),
        "C_SetAttributeValue": (session, 1, room, huge),
        "C_FindObjectsInit": (session, room, huge),
        "C_Sign": (session, room, huge, room, size),
        "C_SignUpdate": (session, room, huge),
        "C_Digest": (session, room, huge, room, size),
        "C_DigestUpdate": (session, room, huge),
        "C_VerifyFinal": (session, room, huge),
        "C_Decrypt": (session, room, huge, room, size),
        "C_Encrypt": (session, room, huge, room, size),
        "C_GenerateRandom": (session, room, huge),
        "C_SeedRandom": (session, room, huge),
        "C_CreateObject": (session, room, huge, room),
    }
    for name, arguments in calls.items():
        assert host.host.call(name, *arguments) != CKR.OK, name
    assert host.alive()
    assert rig.pin_tries == 3


@pytest.mark.parametrize("huge", HUGE)
def test_huge_lengths_are_refused_inside_an_operation_too(host: PreparedHost, huge: int) -> None:
    session, room = host.session, host.room
    size = host.host.holding((256).to_bytes(WORD, "little"))
    host.host.write(host.mechanism, bytes(Mechanism(CKM.SHA256, None, 0)))
    assert host.host.call("C_DigestInit", session, host.mechanism) == CKR.OK
    assert host.host.call("C_Digest", session, room, huge, room, size) != CKR.OK
    host.host.call("C_DigestInit", session, host.mechanism)
    assert host.host.call("C_DigestUpdate", session, room, huge) != CKR.OK
    host.host.write(host.mechanism, bytes(Mechanism(CKM.RSA_PKCS, room, huge)))
    for handle in range(1, 12):
        host.host.call("C_SignInit", session, host.mechanism, handle)
        assert host.host.call("C_Sign", session, room, huge, room, size) != CKR.OK
        host.host.call("C_SignInit", session, host.mechanism, handle)
        assert host.host.call("C_SignUpdate", session, room, huge) != CKR.OK
    assert host.alive()


def test_a_template_with_huge_lengths_is_survived(host: PreparedHost) -> None:
    for huge in HUGE:
        template = host.host.holding(bytes(Attribute(CKA.LABEL, host.room, huge)))
        host.host.call("C_FindObjectsInit", host.session, template, 1)
        host.host.call("C_FindObjectsFinal", host.session)
    assert host.alive()


def test_a_count_of_objects_larger_than_all_there_are_is_no_allocation(host: PreparedHost) -> None:
    for huge in HUGE:
        assert host.host.call("C_FindObjectsInit", host.session, 0, 0) == CKR.OK
        count = host.host.alloc(WORD)
        assert host.host.call("C_FindObjects", host.session, host.room, huge, count) == CKR.OK
        assert 5 < host.host.word(count) < 64
        assert host.host.call("C_FindObjectsFinal", host.session) == CKR.OK


def test_initialisation_arguments_are_looked_at(program: Path, rig: Rig, card: Card) -> None:
    with Host(program, rig.env) as bare:
        bare.load(module_path())
        somewhere = bare.alloc(64)
        words = [0] * 6

        def initialize(*given: int) -> CKR:
            at = bare.holding(b"".join(word.to_bytes(WORD, "little") for word in given))
            return bare.call("C_Initialize", at)

        for present in ((1, 0, 0, 0), (0, 1, 1, 1), (1, 0, 0, 1)):
            callbacks = [somewhere * one for one in present]
            assert initialize(*callbacks, CKF.OS_LOCKING_OK, 0) == CKR.ARGUMENTS_BAD
        assert bare.call("C_GetInfo", somewhere) == CKR.CRYPTOKI_NOT_INITIALIZED
        for flags in (0, CKF.OS_LOCKING_OK, CKF.OS_LOCKING_OK | CKF.LIBRARY_CANT_CREATE_OS_THREADS):
            assert initialize(*words[:4], flags, 0) == CKR.OK
            assert initialize(*words[:4], flags, 0) == CKR.CRYPTOKI_ALREADY_INITIALIZED
            assert bare.call("C_Finalize", 0) == CKR.OK
        reserved = bare.holding(b"winlogonDecrypt\0")
        assert initialize(*words[:4], 3, reserved) == CKR.OK


@pytest.mark.parametrize("seed", range(8))
def test_random_calls_are_survived(host: PreparedHost, seed: int) -> None:
    """Plausible values in wild places and in a wild order; pointers are good or NULL, all else may be anything."""
    chance = random.Random(seed)
    names = [name for name in NAMES if name != "C_WaitForSlotEvent"]
    for _ in range(400):
        name = chance.choice(names)
        arguments = [
            chance.choice([valid] * 4 + [0] if parameter.endswith("*") else [valid] * 4 + wild_numbers(chance))
            for parameter, valid in zip(FUNCTIONS[name], host.valid_arguments(name), strict=True)
        ]
        offered = chance.choice([0, 1, 20, 256, LONG])
        host.host.write(host.room, offered.to_bytes(WORD, "little") * 8)
        parameter = chance.choice([None, host.zeros])
        wild = Mechanism(chance.choice([*CKM, 0x8000_0001]), parameter, chance.choice([0, 24, 40]))
        host.host.write(host.mechanism, bytes(wild))
        host.host.call(name, *arguments)
    assert host.alive()


def wild_numbers(chance: random.Random) -> list[int]:
    return [0, 1, 2, 3, 4, 7, LONG, chance.getrandbits(64)]


def test_memory_outside_the_buffers_is_left_alone(host: PreparedHost) -> None:
    """Each short output buffer lies between two guards."""
    guard = b"\xee" * 64
    area = host.host.alloc(3 * 64 + ctypes.sizeof(ctypes.c_ulong))
    for offered in (0, 1, 19, 20, 63):
        host.host.write(area, guard * 3)
        size = host.host.holding(offered.to_bytes(WORD, "little"))
        host.host.write(host.mechanism, bytes(Mechanism(CKM.SHA512, None, 0)))
        assert host.host.call("C_DigestInit", host.session, host.mechanism) in (CKR.OK, CKR.OPERATION_ACTIVE)
        rv = host.host.call("C_Digest", host.session, host.room, 16, area + 64, size)
        assert rv == CKR.BUFFER_TOO_SMALL
        assert host.host.read(area, 3 * 64) == guard * 3
