"""A reader with a keypad behind PC/SC: what it is asked, once, and how an entry ends."""

import pytest

from cryptolib.iso7816.connection import CardRemoved, Interrupted, ReaderGone, TransportError
from cryptolib.iso7816.typed_code import TypedCode
from cryptolib.pcsc import connection as pcsc_connection
from cryptolib.pcsc import pin_entry
from cryptolib.pcsc.connection import PcscConnection
from cryptolib.pcsc.features import GET_FEATURE_REQUEST
from cryptolib.pcsc.scard import scard
from tests.pcsc.service import Service

FEATURES, PROPERTIES = GET_FEATURE_REQUEST, 0x42330012
VERIFY, MODIFY = 0x42330006, 0x42330007
CODE, NEW = TypedCode(4, 4, field=4), TypedCode(4, 4, field=4, is_new=True)
COMMAND = bytes.fromhex("0020000104FFFFFFFF")
CHANGE = bytes.fromhex("0024000108FFFFFFFFFFFFFFFF")
RIGHT = bytes.fromhex("9000")


@pytest.fixture
def with_keypad(service: Service) -> Service:
    service.controls = {
        FEATURES: bytes.fromhex("0604 42330006 0704 42330007 1204 42330012"),
        PROPERTIES: bytes.fromhex("0601 04 0701 08"),
        VERIFY: RIGHT,
        MODIFY: RIGHT,
    }
    return service


def test_a_reader_is_asked_once(with_keypad: Service) -> None:
    card = PcscConnection("Reader A")
    assert with_keypad.asked_of_reader == []
    keypad = card.keypad()
    assert keypad is not None
    assert (keypad.changes, keypad.minimum, keypad.maximum) == (True, 4, 8)
    assert with_keypad.asked_of_reader == [(FEATURES, b""), (PROPERTIES, b"")]
    card.let_go()
    card.begin()
    assert card.keypad() is keypad
    assert len(with_keypad.asked_of_reader) == 2


@pytest.mark.parametrize("answer", [None, b"", bytes.fromhex("0704 42330007 1204 42330012")])
def test_one_question_to_a_reader_without_a_keypad(service: Service, answer: bytes | None) -> None:
    if answer is not None:
        service.controls[FEATURES] = answer
    card = PcscConnection("Reader A")
    assert card.keypad() is None
    assert card.keypad() is None
    assert service.asked_of_reader == [(FEATURES, b"")]


@pytest.mark.parametrize(
    "code", [scard.SCARD_E_UNSUPPORTED_FEATURE, scard.SCARD_E_NOT_TRANSACTED, scard.SCARD_E_INVALID_PARAMETER]
)
def test_a_reader_that_refuses_the_question_has_no_keypad(with_keypad: Service, code: int) -> None:
    with_keypad.answers["SCardControl"] = [code]
    assert PcscConnection("Reader A").keypad() is None


def test_a_reader_that_keeps_its_properties_has_no_limits(with_keypad: Service) -> None:
    del with_keypad.controls[PROPERTIES]
    keypad = PcscConnection("Reader A").keypad()
    assert keypad is not None
    assert (keypad.minimum, keypad.maximum) == (0, 0)


def test_a_reader_that_has_gone_is_asked_again(with_keypad: Service) -> None:
    with_keypad.answers["SCardControl"] = [scard.SCARD_E_READER_UNAVAILABLE]
    card = PcscConnection("Reader A")
    with pytest.raises(ReaderGone):
        card.keypad()
    assert card.keypad() is not None


def test_a_code_is_verified_and_changed_by_their_structures(with_keypad: Service) -> None:
    card = PcscConnection("Reader A")
    card.keypad()
    with_keypad.asked_of_reader.clear()
    assert card.transmit_typed(COMMAND, [CODE]) == RIGHT
    assert card.transmit_typed(CHANGE, [CODE, NEW]) == RIGHT
    assert card.transmit_typed(COMMAND, [NEW]) == RIGHT
    assert with_keypad.asked_of_reader == [
        (VERIFY, pin_entry.verify(COMMAND, CODE)),
        (MODIFY, pin_entry.modify(CHANGE, [CODE, NEW])),
        (MODIFY, pin_entry.modify(COMMAND, [NEW])),
    ]
    assert with_keypad.sent == []


class TestEndOfAnEntry:
    @pytest.fixture
    def card(self, with_keypad: Service) -> PcscConnection:
        card = PcscConnection("Reader A")
        card.keypad()
        return card

    @pytest.mark.parametrize("code", [scard.SCARD_E_NOT_TRANSACTED, scard.SCARD_W_REMOVED_CARD])
    def test_the_card_was_taken_out(self, with_keypad: Service, card: PcscConnection, code: int) -> None:
        with_keypad.answers["SCardControl"] = [code]
        with_keypad.remove("Reader A")
        with pytest.raises(CardRemoved):
            card.transmit_typed(COMMAND, [CODE])

    def test_the_reader_refuses(
        self, with_keypad: Service, card: PcscConnection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pcsc_connection, "REMOVAL_NOTICE", 0)
        with_keypad.answers["SCardControl"] = [scard.SCARD_E_NOT_TRANSACTED]
        with pytest.raises(TransportError) as fault:
            card.transmit_typed(COMMAND, [CODE])
        assert type(fault.value) is TransportError

    def test_none_is_begun_once_interrupted(self, with_keypad: Service, card: PcscConnection) -> None:
        card.interrupt()
        with_keypad.asked_of_reader.clear()
        with pytest.raises(Interrupted):
            card.transmit_typed(COMMAND, [CODE])
        assert with_keypad.asked_of_reader == []
