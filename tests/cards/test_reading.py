"""Finding the application and reading files: which commands it takes, and what a damaged card comes to."""

import pytest

from conformance.virtual_card.tlv import tlv
from conformance.virtual_card.variations import vary
from cryptolib.cards.card import Card
from cryptolib.cards.catalog import driver_of
from cryptolib.cards.errors import CardError, CardFault, NoSuchFile, NotAuthenticated, UnknownCard
from cryptolib.cryptoki.constants import CKA_VALUE
from cryptolib.iso7816.connection import T0, T1
from cryptolib.iso7816.tlv import TlvError
from tests.scripted import AnsweringConnection
from tests.support import (
    CARDS,
    PIN,
    SMALL_CPS_DATA,
    DrivenCard,
    certificate,
    driven,
    inserted,
    labelled,
    opened,
    secret,
    transaction,
)

APPLICATION = bytes.fromhex("3F000001")
DIRECTORIES = {
    "cps3": ["00A4090C043F00D003", "00B000000C", "00A40904043F002F00", "00C0000006", "00B0000065"],
    "cps4": [
        "01A4040C088025000001FF0100",
        "01B09C000C",
        "01A40800022F0000",
        "01B0000031",
        "01A40800020001",
    ],
}


@pytest.fixture(params=CARDS)
def subject(request: pytest.FixtureRequest) -> DrivenCard:
    return driven(request.param, SMALL_CPS_DATA)


@pytest.mark.parametrize(("profile", "serial"), [("cps3", "99990003"), ("cps4", "99990004")])
def test_a_new_card_gives_serial_number_and_application(profile: str, serial: str) -> None:
    connection = inserted(profile)
    driver = driver_of(profile)(connection)
    with transaction(driver):
        assert driver.serial() == serial
        assert driver.application()[0] == APPLICATION
    assert connection.commands == DIRECTORIES[profile]


@pytest.mark.parametrize("elsewhere", [None, bytes.fromhex("5A0A90000000019999000330"), bytes(12)])
def test_a_cps4_that_gives_its_serial_number_no_short_identifier(elsewhere: bytes | None) -> None:
    subject = driven("cps4")
    subject.connection.card.file("3F00/D003").short_id = None
    if elsewhere is not None:
        subject.connection.card.files.add("3F00/D0FF", elsewhere, short_id=0x1C)
    subject.connection.elsewhere("01A4040C088025000001FF0100")
    assert subject.did(lambda card: card.serial()) == ["01B09C000C", "01A4080002D00300", "01B000000C"]
    assert subject.run(lambda card: card.serial()) == "99990004"


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize(
    "content",
    [
        "5A0A9000000001999900033F",  # another issuer
        "5A0A80250000019999AB033F",  # no digits
        "000000000000000000000000",
    ],
)
def test_another_serial_number_is_no_cps(profile: str, content: str) -> None:
    subject = driven(profile)
    subject.connection.card.file("3F00/D003").content = bytes.fromhex(content)
    with pytest.raises(UnknownCard):
        subject.run(lambda card: card.serial())


def test_without_a_serial_number_it_is_no_cps(subject: DrivenCard) -> None:
    subject.connection.card.files.remove("3F00/D003")
    with pytest.raises(UnknownCard):
        subject.run(lambda card: card.serial())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(32),
        tlv(0x61, tlv(0x4F, b"another application"), tlv(0x51, APPLICATION)),
        tlv(0x61, tlv(0x4F, bytes.fromhex("E828BD080F8025000001FF0020")), tlv(0x51, APPLICATION)),  # contactless
        tlv(0x61, b"\x4f\x7f")[:3],
    ],
)
def test_without_its_application_it_is_no_cps(subject: DrivenCard, content: bytes) -> None:
    subject.connection.card.file("3F00/2F00").content = content
    with pytest.raises((CardError, TlvError)):
        subject.run(lambda card: card.application())


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 600, 1000])
def test_a_file_is_read_whole(subject: DrivenCard, size: int) -> None:
    content = bytes(index * 7 & 0xFF for index in range(size))
    subject.connection.card.file("3F00/0001/D101").content = content
    subject.connection.forget()
    assert subject.run(lambda card: card.read_file(APPLICATION + b"\xd1\x01")) == content
    reads = [command for command in subject.connection.commands if command[2:4] == "B0"]
    assert len(reads) == -(-size // 256)


@pytest.mark.parametrize("behind", [b"", bytes(700), b"\xff" * 30])
def test_an_object_is_read_without_what_follows_it(subject: DrivenCard, behind: bytes) -> None:
    expected = certificate(subject.connection.card.name, "signature")
    subject.connection.card.file("3F00/0001/A001").content = expected + behind
    subject.connection.forget()
    assert subject.run(lambda card: card.read_object(APPLICATION + b"\xa0\x01")) == expected
    assert len([command for command in subject.connection.commands if command[2:4] == "B0"]) == -(-len(expected) // 256)


def test_an_object_cut_by_the_end_of_its_file(subject: DrivenCard) -> None:
    subject.connection.card.file("3F00/0001/A001").content = certificate(subject.connection.card.name, "signature")[:-1]
    with pytest.raises(CardError):
        subject.run(lambda card: card.read_object(APPLICATION + b"\xa0\x01"))


def test_a_file_that_is_not_there(subject: DrivenCard) -> None:
    with pytest.raises(NoSuchFile):
        subject.run(lambda card: card.read_file(APPLICATION + b"\xee\xee"))


def test_protected_data_wait_for_the_code(subject: DrivenCard) -> None:
    path = APPLICATION + b"\xd1\x21"
    with pytest.raises(NotAuthenticated):
        subject.run(lambda card: card.read_file(path))
    subject.run(lambda card: card.verify(1, secret(PIN)))
    assert subject.run(lambda card: card.read_file(path))[0] == 0xEE


@pytest.mark.parametrize(
    ("changes", "commands"),
    [
        ({}, ["D6000001"]),
        ({0: 1}, ["D6000001"]),
        ({255: 1}, ["D600FF01"]),
        ({3: 1, 7: 1}, ["D6000305"]),
        ({1: 1, 255: 1}, ["D60001FF"]),
        ({0: 1, 255: 1}, ["D6000015", "D600FF01", "D6000015"]),
    ],
    ids=["nothing", "first byte", "last byte", "a stretch", "all but the first", "first and last"],
)
def test_what_changes_is_written_and_nothing_else(
    subject: DrivenCard, changes: dict[int, int], commands: list[str]
) -> None:
    path = APPLICATION + b"\xd1\x07"
    subject.run(lambda card: card.verify(1, secret(PIN)))
    old = subject.run(lambda card: card.read_file(path))
    new = bytes(byte ^ changes.get(index, 0) for index, byte in enumerate(old))
    sent = subject.did(lambda card: card.write_file(path, new, old))
    written = [command[2:10] for command in sent if command[2:4] == "D6"]
    assert written == commands
    assert subject.run(lambda card: card.read_file(path)) == new


def test_what_somebody_else_wrote_meanwhile_is_written_over(subject: DrivenCard) -> None:
    """What is known of a file is compared with it in samples; without a sample that fits, all of it is written."""
    path = APPLICATION + b"\xd1\x07"
    subject.run(lambda card: card.verify(1, secret(PIN)))
    known, new = bytes(256), b"mine".ljust(256, b"\0")
    subject.connection.card.file("3F00/0001/D107").content = b"\xaa" * 256
    subject.run(lambda card: card.write_file(path, new, known))
    assert subject.connection.card.file("3F00/0001/D107").content == new


@pytest.mark.parametrize("variation", ["stated-size=none", "stated-size=100", "end-of-file", "path-parts"])
@pytest.mark.parametrize("profile", CARDS)
def test_the_size_of_a_file_is_what_the_card_says_until_it_has_been_read(profile: str, variation: str) -> None:
    _connection, token = opened(profile, SMALL_CPS_DATA, variation)
    data = labelled(token, "CPS_DATA")
    assert data.length(CKA_VALUE) == 256 + 100 * (variation == "stated-size=100")
    assert len(data.value(CKA_VALUE)) == data.length(CKA_VALUE) == 256


def test_random_bytes_come_in_blocks_of_eight(subject: DrivenCard) -> None:
    command = f"{subject.driver.CHANNEL:02X}84000008"
    assert subject.did(lambda card: card.random(20)) == [command] * 3
    assert len(subject.run(lambda card: card.random(20))) == 20
    assert subject.did(lambda card: card.random(0)) == []


class TestAbsurdCards:
    """A card that lies about its files is refused; nobody reads for ever."""

    @staticmethod
    def subject(profile: str, size: str, content: bytes) -> tuple[AnsweringConnection, Card]:
        def answer(command: bytes) -> bytes:
            if command[1] in (0xA4, 0xC0):
                return bytes.fromhex(f"6F{2 + len(size) // 2:02X}80{len(size) // 2:02X}{size}9000")
            return content + b"\x90\x00"

        connection = AnsweringConnection(T0 if profile == "cps3" else T1, answer)
        return connection, driver_of(profile)(connection)

    @pytest.mark.parametrize("profile", CARDS)
    @pytest.mark.parametrize("size", ["8001", "FFFF", "010000", "FFFFFFFF", "FFFFFFFFFFFFFFFF"])
    def test_a_file_larger_than_read_binary_can_address(self, profile: str, size: str) -> None:
        connection, card = self.subject(profile, size, b"\xaa")
        with pytest.raises(CardFault), transaction(card):
            card.read_file(APPLICATION + b"\xd1\x01")
        assert connection.count < 10

    @pytest.mark.parametrize("profile", CARDS)
    @pytest.mark.parametrize("head", ["3082FFFF", "3083FFFFFF"])
    def test_an_object_larger_than_that(self, profile: str, head: str) -> None:
        connection, card = self.subject(profile, "0100", bytes.fromhex(head))
        with pytest.raises(CardFault), transaction(card):
            card.read_object(APPLICATION + b"\xa0\x01")
        assert connection.count < 10

    @pytest.mark.parametrize("profile", CARDS)
    def test_an_empty_answer_to_read_binary(self, profile: str) -> None:
        _connection, card = self.subject(profile, "0100", b"")
        with pytest.raises(CardFault), transaction(card):
            card.read_file(APPLICATION + b"\xd1\x01")
        with pytest.raises(CardFault), transaction(card):
            card.read_object(APPLICATION + b"\xa0\x01")

    @pytest.mark.parametrize("profile", CARDS)
    def test_more_than_was_asked_for_is_cut(self, profile: str) -> None:
        _connection, card = self.subject(profile, "0003", bytes(10))
        with transaction(card):
            assert card.read_file(APPLICATION + b"\xd1\x01") == bytes(3)

    @pytest.mark.parametrize("after", range(4))
    @pytest.mark.parametrize("excess", [1, 300])
    def test_one_answer_that_is_too_long_shifts_nothing(self, subject: DrivenCard, excess: int, after: int) -> None:
        content = bytes(index * 7 & 0xFF for index in range(700))
        subject.connection.card.file("3F00/0001/D101").content = content
        right, reads = subject.connection.card.transmit, iter(range(100))

        def transmit(command: bytes) -> bytes:
            answer = right(command)
            longer = command[1] == 0xB0 and answer[-2:] == b"\x90\x00" and next(reads) == after
            return answer[:-2] + bytes(excess) + answer[-2:] if longer else answer

        subject.connection.card.transmit = transmit  # type: ignore[method-assign]
        assert subject.run(lambda card: card.read_file(APPLICATION + b"\xd1\x01")) == content

    def test_a_selection_that_gives_no_size(self, subject: DrivenCard) -> None:
        vary(subject.connection.card, "stated-size=none")
        content = bytes(range(256)) * 2
        for size in (0, 7, 255, 256, 300, 512):
            subject.connection.card.file("3F00/0001/D101").content = content[:size]
            assert subject.run(lambda card: card.read_file(APPLICATION + b"\xd1\x01")) == content[:size]

    def test_a_file_that_comes_byte_by_byte_is_given_up(self) -> None:
        connection = AnsweringConnection(T1, lambda command: bytes.fromhex("9000" if command[1] == 0xA4 else "AA9000"))
        card = driver_of("cps4")(connection)
        with pytest.raises(CardFault), transaction(card):
            card.read_file(APPLICATION + b"\xd1\x01")
        assert connection.count < 10
