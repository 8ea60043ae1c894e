"""EF_ACTUA: a card that has none, one that dates its last update, and dates that nobody can read."""

import pytest

from conformance.virtual_card.tlv import tlv
from cryptolib.cards.errors import CardError, DamagedDates
from tests.support import DrivenCard, driven

FILE = "3F00/D010"
START, END = "20260102030405", "20261231235959"


def dated(start: str = START, end: str = END) -> bytes:
    return tlv(0xEC, tlv(0x81, bytes.fromhex(start)), tlv(0x82, bytes.fromhex(end)))


@pytest.fixture
def subject() -> DrivenCard:
    return driven("cps3")


def test_a_card_without_the_file_costs_one_command(subject: DrivenCard) -> None:
    assert subject.did(lambda card: card.update_dates()) == ["00A4090C043F00D010"]
    assert subject.run(lambda card: card.update_dates()) is None


def test_a_card_with_the_file_costs_two(subject: DrivenCard) -> None:
    subject.connection.card.files.add(FILE, dated())
    assert subject.did(lambda card: card.update_dates()) == ["00A4090C043F00D010", "00B0000014"]
    assert subject.run(lambda card: card.update_dates()) == dated()


def test_a_cps4_is_not_asked() -> None:
    assert driven("cps4").did(lambda card: card.update_dates()) == []


def test_what_follows_the_dates_does_not_count(subject: DrivenCard) -> None:
    subject.connection.card.files.add(FILE, dated() + bytes(12))
    assert subject.run(lambda card: card.update_dates()) == dated()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(20),
        b"\xff" * 20,
        dated()[:-1],
        tlv(0xEC, b""),
        tlv(0xEC, tlv(0x81, bytes.fromhex(START))),
        dated(end=""),
        dated(end="FF" * 7),
        dated(end="00" * 7),
        dated(start="00" * 7),
        dated(start="FF" * 4, end="00" * 4),
        tlv(0xEC, tlv(0x81, bytes(200)), tlv(0x82, bytes(200))),
    ],
)
def test_dates_that_cannot_be_read(subject: DrivenCard, content: bytes) -> None:
    subject.connection.card.files.add(FILE, content)
    with pytest.raises(DamagedDates):
        subject.run(lambda card: card.update_dates())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("20260101240000", END),
        (START, "20269901000000"),
        ("20260100006000", "2026000000000A"),
        ("20260101", "20260102"),
        ("26", "27"),
        (START + "00", END + "0000"),
        (START + "00" * 20, END + "00" * 20),
        ("00000000000001", "FFFFFFFFFFFFFE"),
    ],
)
def test_dates_are_compared_and_not_interpreted(subject: DrivenCard, start: str, end: str) -> None:
    content = dated(start, end)
    for behind in (b"", bytes(7), b"\xff" * 40):
        subject.connection.card.files.add(FILE, content + behind)
        assert subject.run(lambda card: card.update_dates()) == content


def test_a_card_that_does_not_let_the_file_be_read(subject: DrivenCard) -> None:
    subject.connection.card.files.add(FILE, dated())
    subject.connection.refuse(0xB0, 0x6982)
    with pytest.raises(DamagedDates):
        subject.run(lambda card: card.update_dates())


def test_a_card_that_fails_says_nothing_of_its_dates(subject: DrivenCard) -> None:
    subject.connection.refuse(0xA4, 0x6F00)
    with pytest.raises(CardError) as fault:
        subject.run(lambda card: card.update_dates())
    assert not isinstance(fault.value, DamagedDates)


@pytest.mark.parametrize("ins", [0xA4, 0xB0])
@pytest.mark.parametrize(
    "fault", ["do=sw sw=6F00", "do=sw sw=6982", "do=sw sw=6985", "do=truncate length=5", "do=reset"]
)
def test_a_fault_that_passes_is_no_verdict(subject: DrivenCard, ins: int, fault: str) -> None:
    subject.connection.card.files.add(FILE, dated())
    subject.connection.fault(f"ins={ins:02X} {fault}")
    assert subject.run(lambda card: card.update_dates()) == dated()


@pytest.mark.parametrize("fault", ["do=sw sw=6F00", "do=sw sw=6985", "do=sw sw=63C1", "do=truncate length=1"])
def test_a_fault_that_stays_is_none_either(subject: DrivenCard, fault: str) -> None:
    """Of a file that was not read nobody knows what it holds."""
    subject.connection.card.files.add(FILE, dated())
    subject.connection.fault(f"ins=B0 times=all {fault}")
    with pytest.raises(CardError) as caught:
        subject.run(lambda card: card.update_dates())
    assert not isinstance(caught.value, DamagedDates)
