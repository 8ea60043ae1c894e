"""A card that does not answer was pulled, lost its power or is mute: the service says which, a moment later."""

from __future__ import annotations

import pytest

from cryptolib.iso7816.connection import CardRemoved, CardReset, TransportError
from cryptolib.pcsc import connection
from cryptolib.pcsc.connection import PcscConnection
from cryptolib.pcsc.scard import scard
from tests.pcsc.service import Service, connects

COMMAND = bytes.fromhex("00A4040000")


def failing(service: Service) -> PcscConnection:
    card = PcscConnection("Reader A")
    service.answers["SCardTransmit"] = [scard.SCARD_E_NOT_TRANSACTED]
    return card


def check_reset_once(service: Service, card: PcscConnection) -> None:
    """The next command finds a reset and connects again; the one after it works."""
    service.calls.clear()
    with pytest.raises(CardReset):
        card.transmit(COMMAND)
    assert connects(service) == ["SCardDisconnect", "SCardConnect"]
    card.begin()
    card.transmit(COMMAND)


def test_a_removed_card_is_card_removed(service: Service) -> None:
    card = failing(service)
    service.remove("Reader A")
    with pytest.raises(CardRemoved):
        card.transmit(COMMAND)


def test_an_empty_answer_of_a_removed_card_is_card_removed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some readers answer no byte at all in the place of a card that leaves."""
    card = PcscConnection("Reader A")
    monkeypatch.setattr(scard, "SCardTransmit", lambda *_arguments: (scard.SCARD_S_SUCCESS, []))
    service.remove("Reader A")
    with pytest.raises(CardRemoved):
        card.transmit(COMMAND)


def test_a_card_removed_with_its_reader_is_reported(service: Service) -> None:
    card = failing(service)
    del service.readers["Reader A"]
    with pytest.raises(TransportError):
        card.transmit(COMMAND)


def test_a_mute_card_is_not_a_removed_one(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REMOVAL_NOTICE", 0)
    card = failing(service)
    with pytest.raises(TransportError) as caught:
        card.transmit(COMMAND)
    assert caught.type is TransportError


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize(
    ("code", "status"),
    [
        (scard.SCARD_E_NOT_TRANSACTED, (0, scard.SCARD_PROTOCOL_UNDEFINED)),
        (scard.SCARD_E_PROTO_MISMATCH, (connection.POWERED, scard.SCARD_PROTOCOL_UNDEFINED)),
    ],
    ids=["without power", "reset"],
)
def test_a_late_reset_by_another_program_is_card_reset(
    service: Service, monkeypatch: pytest.MonkeyPatch, code: int, status: tuple[int, int], after: int
) -> None:
    """pcscd reports the reset before it happens. The module has connected again in between and gets no report."""
    monkeypatch.setattr(connection, "REMOVAL_NOTICE", 0)
    card = PcscConnection("Reader A")
    card.begin()
    service.answers["SCardTransmit"] = [code]
    service.statuses = [(connection.POWERED, service.protocol)] * after + [status]
    check_reset_once(service, card)


def test_a_driver_that_does_not_tell_the_atr_hides_no_late_reset(service: Service) -> None:
    """pcscd 2.3 asks the driver alone for the ATR, and vpcd's has none to tell; pcscd 1.9 told its own."""
    card = failing(service)
    card.begin()
    service.states = [scard.SCARD_E_UNSUPPORTED_FEATURE] * 2
    service.statuses = [(0, scard.SCARD_PROTOCOL_UNDEFINED)]
    with pytest.raises(CardReset):
        card.transmit(COMMAND)


def test_a_card_with_another_protocol_than_ours_is_card_reset(service: Service) -> None:
    """Another program has reset the card, and perhaps chosen a protocol. pcscd refuses before the card sees it."""
    card = PcscConnection("Reader A")
    card.begin()
    service.answers["SCardTransmit"] = [scard.SCARD_E_PROTO_MISMATCH]
    check_reset_once(service, card)


def test_another_program_that_has_the_card_now_is_not_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "REMOVAL_NOTICE", 0)
    card = failing(service)
    service.states = [scard.SCARD_E_SHARING_VIOLATION] * 2
    service.calls.clear()
    with pytest.raises(TransportError):
        card.transmit(COMMAND)
    assert "SCardStatus" not in service.calls


def test_a_reset_during_a_transaction_is_card_reset(service: Service) -> None:
    card = PcscConnection("Reader A")
    service.answers["SCardTransmit"] = [scard.SCARD_W_RESET_CARD]
    with pytest.raises(CardReset):
        card.transmit(COMMAND)
