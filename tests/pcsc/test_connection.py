"""One connection to one card: transactions, resets, removals, and codes that leave no copy."""

from __future__ import annotations

from typing import Any

import pytest

import cryptolib._pcsclite
from cryptolib.iso7816.connection import T0, T1, CardRemoved, CardReset, ReaderGone, TransportError
from cryptolib.pcsc import connection
from cryptolib.pcsc.connection import PcscConnection
from cryptolib.pcsc.scard import scard
from tests.pcsc.service import Service

COMMAND = bytes.fromhex("00A4040000")


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

    def test_a_reset_by_another_process_is_told_once(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.answers["SCardBeginTransaction"] = [scard.SCARD_W_RESET_CARD]
        service.calls.clear()
        with pytest.raises(CardReset):
            card.begin()
        card.begin()
        assert service.calls == ["SCardBeginTransaction", "SCardReconnect", "SCardBeginTransaction"]

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
        service.answers["SCardReconnect"] = [scard.SCARD_E_NO_SMARTCARD]
        with pytest.raises(CardRemoved):
            card.begin()

    def test_ending_and_closing_never_fail(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.running = False
        card.end(reset=False)
        card.reset_if_alone()
        card.close()


class TestResetIfAlone:
    """Exclusive access is the test: nobody gets it while somebody else is connected."""

    def test_alone(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.calls.clear()
        card.reset_if_alone()
        assert service.calls == ["SCardDisconnect", "SCardConnect exclusive", "SCardDisconnect reset"]

    def test_not_alone(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.answers["SCardConnect exclusive"] = [scard.SCARD_E_SHARING_VIOLATION]
        service.calls.clear()
        card.reset_if_alone()
        assert service.calls == ["SCardDisconnect", "SCardConnect exclusive"]

    def test_the_next_transaction_connects_again(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.reset_if_alone()
        service.protocol = scard.SCARD_PROTOCOL_T0
        service.calls.clear()
        card.begin()
        card.begin()
        assert service.calls == ["SCardConnect", "SCardBeginTransaction", "SCardBeginTransaction"]
        assert card.protocol == T0

    def test_or_says_why_not(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.reset_if_alone()
        service.answers["SCardConnect"] = [scard.SCARD_E_NO_SMARTCARD]
        with pytest.raises(CardRemoved):
            card.begin()
        card.begin()

    def test_closing_afterwards(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        card.reset_if_alone()
        service.calls.clear()
        card.close()
        assert service.calls == ["SCardReleaseContext"]


class TestRemoval:
    """A card that does not answer was pulled, or is mute: the reader's state tells, a moment later."""

    def failing(self, service: Service) -> PcscConnection:
        card = PcscConnection("Reader A")
        service.answers["SCardTransmit"] = [scard.SCARD_E_NOT_TRANSACTED]
        return card

    def test_pulled(self, service: Service) -> None:
        card = self.failing(service)
        service.remove("Reader A")
        with pytest.raises(CardRemoved):
            card.transmit(COMMAND)

    def test_pulled_with_its_reader(self, service: Service) -> None:
        card = self.failing(service)
        del service.readers["Reader A"]
        with pytest.raises(TransportError):
            card.transmit(COMMAND)

    def test_mute(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection, "REMOVAL_NOTICE", 0)
        card = self.failing(service)
        with pytest.raises(TransportError) as caught:
            card.transmit(COMMAND)
        assert caught.type is TransportError

    def test_reset_during_a_transaction(self, service: Service) -> None:
        card = PcscConnection("Reader A")
        service.answers["SCardTransmit"] = [scard.SCARD_W_RESET_CARD]
        with pytest.raises(CardReset):
            card.transmit(COMMAND)


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
        monkeypatch.setattr(cryptolib._pcsclite, "lib", library)
        command = bytearray(bytes.fromhex("0020000104") + b"1234")
        assert PcscConnection("Reader A").transmit_secret(command) == b"\x63\xc2"
        assert library.command == command
        assert service.sent == []

    @pytest.mark.parametrize("code", [scard.SCARD_W_REMOVED_CARD & 0xFFFFFFFF, 0xFFFFFFFF80100069])
    def test_a_removal_is_told_as_elsewhere(self, service: Service, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
        monkeypatch.setattr(cryptolib._pcsclite, "lib", FakeLibrary(code, b""))
        with pytest.raises(CardRemoved):
            PcscConnection("Reader A").transmit_secret(bytearray(5))
