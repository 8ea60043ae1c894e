"""One connection to one card: transactions, resets, removals, and codes that leave no copy."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

import cryptolib._pcsclite
from cryptolib.iso7816.connection import (
    T0,
    T1,
    CardBusy,
    CardRemoved,
    CardReset,
    Interrupted,
    ReaderGone,
    TransportError,
)
from cryptolib.pcsc import connection, link
from cryptolib.pcsc.connection import PcscConnection
from cryptolib.pcsc.scard import scard
from tests.pcsc.service import Service, connects

COMMAND = bytes.fromhex("00A4040000")
PATIENCE = 10


class TestOpening:
    @pytest.mark.parametrize(("protocol", "ours"), [(scard.SCARD_PROTOCOL_T0, T0), (scard.SCARD_PROTOCOL_T1, T1)])
    def test_the_protocol_is_the_one_in_force(self, service: Service, protocol: int, ours: int) -> None:
        service.protocol = protocol
        card = PcscConnection("Reader A")
        assert card.protocol == ours
        assert card.transmit(COMMAND) == b"\x90\x00"
        assert service.sent == [(scard.SCARD_PCI_T0 if ours == T0 else scard.SCARD_PCI_T1, COMMAND)]

    @pytest.mark.parametrize(
        ("code", "fault"),
        [(scard.SCARD_E_NO_SMARTCARD, CardRemoved), (scard.SCARD_E_UNKNOWN_READER, ReaderGone)],
    )
    def test_a_card_that_cannot_be_reached_leaves_nothing_open(
        self, service: Service, code: int, fault: type[TransportError]
    ) -> None:
        service.answers["SCardConnect"] = [code]
        with pytest.raises(fault):
            PcscConnection("Reader A")
        assert service.contexts == set()

    def test_two_connections_do_not_wait_for_each_other(self, service: Service) -> None:
        """Each has a context: pcsc-lite serialises the calls of one."""
        first, second = PcscConnection("Reader A"), PcscConnection("Reader A")
        assert len(service.contexts) == 2
        first.close()
        second.close()
        assert service.contexts == set()
        assert service.calls.count("SCardDisconnect") == 2

    def test_a_card_that_another_program_has_exclusively(self, service: Service) -> None:
        service.answers["SCardConnect"] = [scard.SCARD_E_SHARING_VIOLATION]
        with pytest.raises(CardBusy):
            PcscConnection("Reader A")
        assert service.contexts == set()


class TestTransactions:
    def test_begin_and_end(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.calls.clear()
        card.begin()
        card.end(reset=False)
        card.begin()
        card.end(reset=True)
        assert service.calls == [
            "SCardBeginTransaction",
            "SCardEndTransaction",
            "SCardBeginTransaction",
            "SCardEndTransaction reset",
        ]

    def test_a_reset_by_another_process_is_reported_once(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.answers["SCardBeginTransaction"] = [scard.SCARD_W_RESET_CARD]
        with pytest.raises(CardReset):
            card.begin()
        card.begin()

    @pytest.mark.parametrize("code", [scard.SCARD_W_RESET_CARD, scard.SCARD_W_UNPOWERED_CARD])
    def test_a_card_that_was_reset_or_lost_its_power_is_connected_anew(self, service: Service, code: int) -> None:
        """pcscd gives power to a card that is connected, not to one whose connection goes on."""
        card = PcscConnection("Reader A")
        service.states = [code]
        service.calls.clear()
        with pytest.raises(CardReset):
            card.begin()
        assert [call for call in service.calls if "onnect" in call] == ["SCardDisconnect", "SCardConnect"]
        card.begin()
        assert len(service.contexts) == 1

    def test_the_protocol_may_be_another_after_a_reset(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.answers["SCardBeginTransaction"] = [scard.SCARD_W_RESET_CARD]
        service.protocol = scard.SCARD_PROTOCOL_T0
        with pytest.raises(CardReset):
            card.begin()
        assert card.protocol == T0

    def test_a_card_removed_in_the_meantime(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.answers["SCardBeginTransaction"] = [scard.SCARD_W_REMOVED_CARD]
        with pytest.raises(CardRemoved):
            card.begin()
        service.answers["SCardBeginTransaction"] = [scard.SCARD_W_RESET_CARD]
        service.answers["SCardConnect"] = [scard.SCARD_E_NO_SMARTCARD]
        with pytest.raises(CardRemoved):
            card.begin()

    def test_a_look_for_a_reset_begins_nothing(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.states = [scard.SCARD_S_SUCCESS, scard.SCARD_E_SHARING_VIOLATION, scard.SCARD_W_RESET_CARD]
        service.calls.clear()
        assert [card.was_reset() for _ in range(3)] == [False, False, True]
        assert service.calls == []

    def test_a_transaction_of_another_program_is_waited_for(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.states = [scard.SCARD_E_SHARING_VIOLATION] * 3
        card.begin()
        assert service.states == []

    def test_a_transaction_of_another_program_is_not_waited_for_for_ever(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connection, "TURN", 0.05)
        card = PcscConnection("Reader A")
        service.states = [scard.SCARD_E_SHARING_VIOLATION] * 1000
        with pytest.raises(CardBusy):
            card.begin()
        assert "SCardBeginTransaction" not in service.calls

    def test_one_that_could_not_be_ended_ends_with_the_connection(self, service: Service) -> None:
        """Otherwise nobody would ever reach the card again."""
        card = PcscConnection("Reader A")
        card.begin()
        service.answers["SCardEndTransaction"] = [scard.SCARD_F_COMM_ERROR]
        card.end(reset=False)
        assert service.contexts == set()
        card.begin()
        assert len(service.contexts) == 1

    def test_no_exchange_is_begun_once_interrupted(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.begin()
        card.interrupt()
        with pytest.raises(Interrupted):
            card.transmit(COMMAND)
        with pytest.raises(Interrupted):
            card.transmit_secret(bytearray(COMMAND))
        card.end(reset=False)
        with pytest.raises(Interrupted):
            card.begin()
        assert service.sent == []

    def test_waiting_for_another_program_ends_when_interrupted(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.states = [scard.SCARD_E_SHARING_VIOLATION] * 100_000
        ended: list[BaseException] = []

        def begin() -> None:
            try:
                card.begin()
            except TransportError as fault:
                ended.append(fault)

        waiting = threading.Thread(target=begin, daemon=True)
        waiting.start()
        card.interrupt()
        waiting.join(PATIENCE)
        assert [type(fault) for fault in ended] == [Interrupted]

    def test_ending_and_closing_never_fail(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.running = False
        card.end(reset=False)
        card.reset_if_alone()
        card.close()


class TestResetIfAlone:
    """Exclusive access is the test: nobody gets it while somebody else is connected."""

    def test_a_card_that_nobody_else_uses_is_reset(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.calls.clear()
        card.reset_if_alone()
        assert connects(service) == ["SCardDisconnect", "SCardConnect exclusive", "SCardDisconnect reset"]

    def test_a_card_of_another_program_is_not_reset(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.answers["SCardConnect exclusive"] = [scard.SCARD_E_SHARING_VIOLATION]
        service.calls.clear()
        card.reset_if_alone()
        assert connects(service) == ["SCardDisconnect", "SCardConnect exclusive"]

    def test_another_program_is_not_waited_for(self, service: Service) -> None:
        """pcscd holds back who asks for exclusive access until the other's transaction ends."""
        card = PcscConnection("Reader A")
        service.in_use = True
        service.calls.clear()
        card.reset_if_alone()
        assert connects(service) == ["SCardDisconnect"]
        assert service.contexts == set()

    def test_the_next_transaction_connects_again(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.reset_if_alone()
        service.protocol = scard.SCARD_PROTOCOL_T0
        service.calls.clear()
        card.begin()
        card.begin()
        assert connects(service) == ["SCardConnect"]
        assert card.protocol == T0

    def test_a_failure_to_connect_again_is_reported(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.reset_if_alone()
        service.answers["SCardConnect"] = [scard.SCARD_E_NO_SMARTCARD]
        with pytest.raises(CardRemoved):
            card.begin()
        card.begin()

    def test_closing_after_a_reset_leaves_nothing_open(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.reset_if_alone()
        card.close()
        assert service.contexts == set()


class TestLettingGo:
    """No connection while nobody needs the card: other programs may want it for themselves."""

    def test_nothing_stays_open_and_the_next_transaction_connects_again(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.let_go()
        assert service.contexts == set()
        card.begin()
        assert card.transmit(COMMAND) == b"\x90\x00"

    def test_another_stay_of_a_card_is_not_taken_for_this_one(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.let_go()
        service.remove("Reader A")
        service.insert("Reader A")
        with pytest.raises(CardRemoved):
            card.begin()
        assert service.contexts == set()

    def test_a_closed_connection_is_not_opened_again(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.close()
        with pytest.raises(CardRemoved):
            card.begin()


class TestConnectingBesideAnotherProgram:
    """While another program has a transaction, pcscd holds SCardConnect back."""

    def test_a_transaction_that_ends_in_time_is_waited_for(self, service: Service) -> None:
        service.in_use = True
        card = PcscConnection("Reader A")
        assert card.transmit(COMMAND) == b"\x90\x00"

    def test_a_connection_that_comes_too_late_is_closed(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(link, "TURN", 0.05)
        service.in_use = True
        held = threading.Event()
        connect = service.SCardConnect

        def late(*arguments: Any) -> tuple[int, int, int]:
            held.wait(PATIENCE)
            return connect(*arguments)

        monkeypatch.setattr(scard, "SCardConnect", late)
        with pytest.raises(CardBusy):
            PcscConnection("Reader A")
        held.set()
        for _ in range(100):
            if not service.contexts:
                break
            time.sleep(0.05)
        assert service.contexts == set()
        assert service.calls.count("SCardDisconnect") == 1

    def test_a_fault_is_translated_as_elsewhere(self, service: Service) -> None:
        service.in_use = True
        service.answers["SCardConnect"] = [scard.SCARD_E_NO_SMARTCARD]
        with pytest.raises(CardRemoved):
            PcscConnection("Reader A")
        assert service.contexts == set()

    def test_no_thread_where_the_host_permits_none(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        service.in_use = True
        monkeypatch.setattr(link, "start_new_thread", None)
        PcscConnection("Reader A", may_start_threads=False)


class FakeLibrary:
    """libpcsclite's SCardTransmit, as the compiled module calls it."""

    def __init__(self, code: int, answer: bytes) -> None:
        self.code = code
        self.answer = answer
        self.command = b""

    def cps_transmit(self, handle: int, protocol: int, data: Any, length: int, room: Any, room_length: Any) -> int:
        ffi = cryptolib._pcsclite.ffi
        self.command = bytes(ffi.buffer(data, length))
        assert room_length[0] >= 258
        ffi.buffer(room, len(self.answer))[:] = self.answer
        room_length[0] = len(self.answer)
        return self.code


class TestSecrets:
    def test_they_do_not_pass_through_pyscard(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        library = FakeLibrary(0, b"\x63\xc2")
        monkeypatch.setattr(service, "cps_transmit", library.cps_transmit)
        command = bytearray(bytes.fromhex("0020000104") + b"1234")
        assert PcscConnection("Reader A").transmit_secret(command) == b"\x63\xc2"
        assert library.command == command
        assert service.sent == []

    @pytest.mark.parametrize("code", [scard.SCARD_W_REMOVED_CARD & 0xFFFFFFFF, 0xFFFFFFFF80100069])
    def test_a_removal_is_translated_as_elsewhere(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, code: int
    ) -> None:
        monkeypatch.setattr(service, "cps_transmit", FakeLibrary(code, b"").cps_transmit)
        with pytest.raises(CardRemoved):
            PcscConnection("Reader A").transmit_secret(bytearray(5))
