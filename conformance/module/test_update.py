"""The four functions behind the standard list: an application of the issuer has the card to itself."""

import ctypes
import threading
from collections.abc import Callable

import pytest

from conformance.testbed.card_commands import READ_ACTIVITY, VERIFY
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module, module_path
from conformance.testbed.cryptoki import CKR, CKS
from conformance.testbed.rig import Rig

WORD = ctypes.sizeof(ctypes.c_void_p)
STANDARD_FUNCTIONS = 68
GET_CHALLENGE = {"cps3": "0084000008", "cps4": "0184000008"}


class Update:
    """The entries behind the standard ones, found as applications of the original find them: by their place."""

    def __init__(self) -> None:
        library = ctypes.CDLL(str(module_path()))
        functions = ctypes.c_void_p()
        assert library.C_GetFunctionList(ctypes.byref(functions)) == CKR.OK
        assert functions.value is not None
        self._first = functions.value + WORD * (1 + STANDARD_FUNCTIONS)

    def _entry(self, number: int) -> Callable[..., int]:
        address = ctypes.c_void_p.from_address(self._first + WORD * number).value
        assert address is not None
        return ctypes.CFUNCTYPE(ctypes.c_ulong)(address)

    def start(self, session: int) -> int:
        return self._entry(0)(ctypes.c_ulong(session))

    def end(self, session: int) -> int:
        return self._entry(1)(ctypes.c_ulong(session))

    def transmit(self, session: int, command: bytes, room: int = 512) -> tuple[int, bytes]:
        answer, length = ctypes.create_string_buffer(512), ctypes.c_ulong(room)
        code = self._entry(2)(
            ctypes.c_ulong(session),
            command,
            ctypes.c_ulong(len(command)),
            answer,
            ctypes.byref(length),
            ctypes.c_ulong(0),
        )
        return code, answer.raw[: length.value] if code == CKR.OK else length.value.to_bytes(2, "big")

    def keep_alive(self, session: int) -> int:
        return self._entry(3)(ctypes.c_ulong(session))


@pytest.fixture
def update(p11: Module) -> Update:
    return Update()


@pytest.fixture
def held(update: Update, p11: Module, session: int) -> Update:
    p11.find(session)
    assert update.start(session) == CKR.OK
    return update


def test_a_command_is_answered_as_it_stands(held: Update, session: int, card: Card, rig: Rig) -> None:
    rig.clear_log()
    code, answer = held.transmit(session, bytes.fromhex(GET_CHALLENGE[card.name]))
    assert code == CKR.OK
    assert len(answer) == 10
    assert answer.endswith(b"\x90\x00")
    assert [exchange.command.hex().upper() for exchange in rig.log()] == [GET_CHALLENGE[card.name]]
    assert held.keep_alive(session) == CKR.OK
    assert held.end(session) == CKR.OK


def test_no_other_program_gets_between(held: Update, session: int, card: Card, rig: Rig, p11: Module) -> None:
    seen: list[bytes] = []
    thread = threading.Thread(target=lambda: seen.extend(rig.transmit("00A4000C023F00")))
    thread.start()
    thread.join(0.5)
    assert thread.is_alive(), "the other program has to wait"
    assert held.end(session) == CKR.OK
    thread.join(30)
    assert len(seen) == 1


@pytest.mark.parametrize("way", ["C_EndUpdate", "C_CloseSession", "C_CloseAllSessions", "C_Finalize"])
def test_the_card_is_given_back_logged_out_whatever_ends_the_update(
    held: Update, p11: Module, slot: int, session: int, card: Card, rig: Rig, way: str
) -> None:
    held.transmit(session, bytes.fromhex(READ_ACTIVITY[card.name][0]))
    code, answer = held.transmit(session, bytes.fromhex(VERIFY[card.name]) + PIN)
    assert (code, answer) == (CKR.OK, b"\x90\x00")
    if way == "C_EndUpdate":
        assert held.end(session) == CKR.OK
    else:
        p11.ok(way, {"C_CloseSession": session, "C_CloseAllSessions": slot, "C_Finalize": None}[way])
    assert rig.transmit(*READ_ACTIVITY[card.name])[-1] == b"\x69\x82"


def test_ending_logs_out(held: Update, p11: Module, session: int, card: Card) -> None:
    assert p11.login(session, PIN) == CKR.OK
    assert held.end(session) == CKR.OK
    assert p11.state(session) == CKS.RO_PUBLIC_SESSION
    assert p11.login(session, PIN) == CKR.OK


def test_order_and_arguments_are_looked_at(update: Update, session: int, card: Card, rig: Rig) -> None:
    challenge = bytes.fromhex(GET_CHALLENGE[card.name])
    for call in (update.start, update.end, update.keep_alive):
        assert call(999) == CKR.SESSION_HANDLE_INVALID
    assert update.end(session) == CKR.OPERATION_NOT_INITIALIZED
    assert update.keep_alive(session) == CKR.OPERATION_NOT_INITIALIZED
    assert update.transmit(session, challenge)[0] == CKR.OPERATION_NOT_INITIALIZED
    assert update.start(session) == CKR.OK
    assert update.start(session) == CKR.OPERATION_ACTIVE
    rig.clear_log()
    assert update.transmit(session, challenge, room=10) == (CKR.BUFFER_TOO_SMALL, (258).to_bytes(2, "big"))
    assert update.transmit(session, b"\x00\x84\x00")[0] == CKR.DATA_LEN_RANGE
    assert update.transmit(session, bytes(262))[0] == CKR.DATA_LEN_RANGE
    assert rig.apdu_count() == 0
    assert update.end(session) == CKR.OK


def test_a_card_that_is_pulled_is_reported(held: Update, session: int, card: Card, rig: Rig) -> None:
    rig.remove()
    try:
        assert held.keep_alive(session) == CKR.SESSION_HANDLE_INVALID
        assert held.end(session) == CKR.SESSION_HANDLE_INVALID
    finally:
        rig.insert()
