"""Other programs use the same card at the same time, and none may gain or lose anything by that.

PC/SC part 5: shared connections and transactions; card specification 1.3 and 3.1.
"""

import ctypes
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import pytest
from smartcard import scard

from conformance.testbed.card_commands import READ_ACTIVITY
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.testbed.rig import Rig

MESSAGE = b"ordonnance"
RECIPE = RECIPES[CKM.SHA256_RSA_PKCS]

SELECT_ELSEWHERE = {
    "cps3": ["00A4040008" + "8025000001FF0002"],
    "cps4": ["01A40800" + "02D00300"],
}
"""Selects something else: the applet of the older volet on a CPS3, another file on a CPS4."""


class OtherProgram:
    """Another program with a connection of its own to the same card."""

    def __init__(self, reader: str, share: int = scard.SCARD_SHARE_SHARED) -> None:
        code, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert code == scard.SCARD_S_SUCCESS
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        code, self._card, self._protocol = scard.SCardConnect(self._context, reader, share, protocols)
        assert code == scard.SCARD_S_SUCCESS

    def send(self, commands: list[str]) -> int:
        """The status word of the last of these commands, sent without anybody in between."""
        assert scard.SCardBeginTransaction(self._card) == scard.SCARD_S_SUCCESS
        answer: list[int] = []
        for command in commands:
            code, answer = scard.SCardTransmit(self._card, self._protocol, list(bytes.fromhex(command)))
            assert code == scard.SCARD_S_SUCCESS
        self.let_go()
        return answer[-2] << 8 | answer[-1]

    def hold(self) -> None:
        assert scard.SCardBeginTransaction(self._card) == scard.SCARD_S_SUCCESS

    def let_go(self) -> None:
        assert scard.SCardEndTransaction(self._card, scard.SCARD_LEAVE_CARD) == scard.SCARD_S_SUCCESS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)
        scard.SCardReleaseContext(self._context)


@pytest.fixture
def other_program(p11: Module, rig: Rig) -> Iterator[OtherProgram]:
    with OtherProgram(rig.reader) as other:
        yield other


def sign(p11: Module, session: int, card: Card) -> None:
    key = p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, card.signature.private))
    signature = p11.sign(session, key, RECIPE.mechanism(), MESSAGE)
    assert RECIPE.holds(card.public_key(card.signature), MESSAGE, signature)


def test_a_login_counts_for_the_card_whoever_asks(user: int, card: Card, other_program: OtherProgram) -> None:
    assert other_program.send(READ_ACTIVITY[card.name]) == 0x9000


@pytest.mark.parametrize("last_call", ["C_CloseSession", "C_CloseAllSessions", "C_Finalize"])
def test_the_card_refuses_the_other_program_once_the_application_is_done(
    p11: Module, slot: int, user: int, card: Card, rig: Rig, last_call: str
) -> None:
    p11.ok(last_call, {"C_CloseSession": user, "C_CloseAllSessions": slot, "C_Finalize": None}[last_call])
    with OtherProgram(rig.reader) as another:
        assert another.send(READ_ACTIVITY[card.name]) == 0x6982


@pytest.mark.parametrize("last_call", ["C_CloseSession", "C_CloseAllSessions", "C_Finalize"])
def test_an_application_that_is_done_does_not_log_the_other_program_out(
    p11: Module, slot: int, user: int, card: Card, other_program: OtherProgram, last_call: str
) -> None:
    """A mail program that ends must not cost the browser its login; only C_Logout asks for that."""
    p11.ok(last_call, {"C_CloseSession": user, "C_CloseAllSessions": slot, "C_Finalize": None}[last_call])
    assert other_program.send(READ_ACTIVITY[card.name]) == 0x9000


def test_another_program_that_selects_something_else_does_no_harm(
    p11: Module, user: int, card: Card, other_program: OtherProgram
) -> None:
    sign(p11, user, card)
    other_program.send(SELECT_ELSEWHERE[card.name])
    sign(p11, user, card)
    other_program.send(SELECT_ELSEWHERE[card.name])
    data = p11.one(user, (CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_ACTIVITY_01_PS"))
    assert p11.attribute(user, data, CKA.VALUE)


def test_another_program_that_selects_something_else_does_not_break_the_login(
    p11: Module, session: int, card: Card, other_program: OtherProgram, rig: Rig
) -> None:
    p11.find(session)
    other_program.send(SELECT_ELSEWHERE[card.name])
    assert p11.login(session, PIN) == CKR.OK
    sign(p11, session, card)


def test_a_call_waits_for_the_transaction_of_another_program(
    p11: Module, user: int, card: Card, other_program: OtherProgram
) -> None:
    other_program.hold()
    with ThreadPoolExecutor(1) as pool:
        signing = pool.submit(sign, p11, user, card)
        with pytest.raises(TimeoutError):
            signing.result(0.3)
        other_program.let_go()
        signing.result(30)


def test_a_card_that_another_program_keeps_to_itself_is_busy_until_it_lets_go(
    p11: Module, slot: int, card: Card, rig: Rig
) -> None:
    """CKR_FUNCTION_FAILED, not CKR_DEVICE_ERROR: neither the card nor the reader is broken."""
    with OtherProgram(rig.reader, scard.SCARD_SHARE_EXCLUSIVE):
        assert p11.slots() == [slot]
        assert p11.C_GetTokenInfo(slot, ctypes.create_string_buffer(512)) == CKR.FUNCTION_FAILED
    session = p11.open(slot)
    assert p11.login(session, PIN) == CKR.OK
    sign(p11, session, card)
