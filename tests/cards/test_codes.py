"""The code porteur and the code de deblocage: what is sent, and that only 9000 is success."""

from collections.abc import Callable

import pytest

from conformance.virtual_card.card import VirtualCard
from cryptolib.cards import scheme
from cryptolib.cards.card import Card
from cryptolib.cards.catalog import driver_of
from cryptolib.cards.errors import (
    CardError,
    CardFault,
    InvalidData,
    NoSuchFile,
    NotAuthenticated,
    NotUsable,
    PinBlocked,
    PinIncorrect,
    WrongLength,
)
from cryptolib.iso7816.connection import T0, T1
from tests.scripted import AnsweringConnection
from tests.support import CARDS, PIN, PUK, SMALL_CPS_DATA, WRONG_PIN, DrivenCard, driven, secret, transaction

NEW_PIN = b"4321"


def verify(card: Card) -> None:
    card.verify(1, secret(PIN))


def change(card: Card) -> None:
    card.change_pin(1, secret(PIN), secret(NEW_PIN))


def reset(card: Card) -> None:
    card.verify(2, secret(PUK))
    card.reset_pin(1, secret(NEW_PIN))


def right(card: VirtualCard) -> str:
    return card.state.values["pin"]


@pytest.fixture(params=CARDS)
def subject(request: pytest.FixtureRequest) -> DrivenCard:
    return driven(request.param, SMALL_CPS_DATA)


@pytest.mark.parametrize(
    ("profile", "work", "commands"),
    [
        ("cps3", verify, ["002000010431323334"]),
        ("cps4", verify, ["012000010431323334"]),
        ("cps3", change, ["00240001083132333434333231"]),
        ("cps4", change, ["012000010431323334", "012401010434333231"]),
        ("cps3", reset, ["00200002083132333435363738", "002C02010434333231"]),
        ("cps4", reset, ["01200002083132333435363738", "012C0381", "012401010434333231"]),
    ],
)
def test_each_command_with_a_code_has_its_apdu(profile: str, work: Callable[[Card], None], commands: list[str]) -> None:
    subject = driven(profile)
    assert subject.did(work) == commands
    assert right(subject.connection.card) == ("1234" if work is verify else "4321")


@pytest.mark.parametrize(
    ("profile", "commands"),
    [
        ("cps3", ["00A4090C023F00", "00CB3FFF0A4D087006BF810102A080", "00C0000018"]),
        ("cps4", ["01200001"]),
    ],
)
def test_asking_for_the_tries_spends_none(profile: str, commands: list[str]) -> None:
    subject = driven(profile)
    subject.run(lambda card: card.read_file(bytes.fromhex("3F0000015031")))
    assert subject.did(lambda card: card.pin_status(1)) == commands
    assert subject.connection.card.pin_tries == 3


def test_the_tries_of_both_codes(subject: DrivenCard) -> None:
    for left in (3, 2, 1):
        status = subject.run(lambda card: card.pin_status(1))
        assert (status.left, status.maximum) == (left, 3)
        with pytest.raises((PinIncorrect, PinBlocked)):
            subject.run(lambda card: card.verify(1, secret(WRONG_PIN)))
    assert subject.run(lambda card: card.pin_status(1)).left == 0
    status = subject.run(lambda card: card.pin_status(2))
    assert (status.left, status.maximum) == (10, 10)


def test_a_code_de_deblocage_without_uses_left_has_no_tries() -> None:
    subject = driven("cps3")
    subject.connection.card.state.uses["puk"] = 0
    status = subject.run(lambda card: card.pin_status(2))
    assert (status.left, status.maximum) == (0, 10)


@pytest.mark.parametrize(
    ("answer", "left"),
    [("63C2", 2), ("63C0", 0), ("6983", 0), ("6984", None), ("9000", None), ("6A88", None)],
)
def test_what_a_cps4_answers_about_its_tries(answer: str, left: int | None) -> None:
    subject = driven("cps4")
    subject.connection.refuse(0x20, int(answer, 16))
    if answer in ("6984", "6A88"):
        with pytest.raises(CardError):
            subject.run(lambda card: card.pin_status(1))
    else:
        assert subject.run(lambda card: card.pin_status(1)).left == left


@pytest.mark.parametrize("truncated", [2, 4, 10, 20])
def test_a_cps3_that_does_not_give_its_tries(truncated: int) -> None:
    subject = driven("cps3")
    subject.connection.fault(f"ins=C0 times=all do=truncate length={truncated}")
    with pytest.raises(CardError):
        subject.run(lambda card: card.pin_status(1))


@pytest.mark.parametrize("sw", [0x6982, 0x63C1, 0x6985, 0x6A80])
def test_a_cps3_that_refuses_to_give_its_tries_has_a_fault(sw: int) -> None:
    subject = driven("cps3")
    subject.connection.refuse(0xCB, sw)
    with pytest.raises(CardFault):
        subject.run(lambda card: card.pin_status(1))


class TestWrongCodes:
    def test_each_says_how_many_tries_are_left(self, subject: DrivenCard) -> None:
        def present() -> None:
            subject.run(lambda card: card.verify(1, secret(WRONG_PIN)))

        for left in (2, 1):
            with pytest.raises(PinIncorrect) as caught:
                present()
            assert caught.value.tries_left == left
        last = PinIncorrect if subject.connection.card.name == "cps3" else PinBlocked
        with pytest.raises(last):
            present()
        with pytest.raises(PinBlocked):
            subject.run(verify)
        subject.run(reset)
        subject.run(lambda card: card.verify(1, secret(NEW_PIN)))

    def test_a_wrong_old_code_changes_nothing(self, subject: DrivenCard) -> None:
        with pytest.raises(PinIncorrect):
            subject.run(lambda card: card.change_pin(1, secret(WRONG_PIN), secret(NEW_PIN)))
        assert (right(subject.connection.card), subject.connection.card.pin_tries) == ("1234", 2)

    def test_the_code_is_not_reset_without_the_code_de_deblocage(self, subject: DrivenCard) -> None:
        with pytest.raises(NotAuthenticated):
            subject.run(lambda card: card.reset_pin(1, secret(NEW_PIN)))
        assert right(subject.connection.card) == "1234"


class TestStatusWords:
    """No status word but 9000 passes for success, whatever the command. The original takes many on a CPS4."""

    @pytest.mark.parametrize(
        ("profile", "work", "ins"),
        [
            ("cps3", verify, 0x20),
            ("cps3", change, 0x24),
            ("cps3", reset, 0x2C),
            ("cps4", verify, 0x20),
            ("cps4", change, 0x20),
            ("cps4", change, 0x24),
            ("cps4", reset, 0x2C),
            ("cps4", reset, 0x24),
        ],
    )
    def test_every_status_word_has_a_meaning(self, profile: str, work: Callable[[Card], None], ins: int) -> None:
        sw = 0
        connection = AnsweringConnection(
            T0 if profile == "cps3" else T1,
            lambda command: sw.to_bytes(2, "big") if command[1] == ins else b"\x90\x00",
        )
        driver = driver_of(profile)(connection)
        taken_for_success = []
        for sw in (*range(0x6000, 0x7000), *range(0x9000, 0xA000), 0, 0x0090, 0xFFFF):
            try:
                with transaction(driver):
                    work(driver)
                taken_for_success.append(sw)
            except CardError:
                continue
        assert taken_for_success == [0x9000]

    @pytest.mark.parametrize("ins", [0x20, 0x24, 0x2C])
    @pytest.mark.parametrize(
        ("sw", "meaning"),
        [
            (0x63C2, PinIncorrect),
            (0x6300, None),  # PinIncorrect or, from a CPS4, PinBlocked
            (0x63C0, None),
            (0x6983, PinBlocked),
            (0x6900, PinBlocked),
            (0x6984, PinBlocked),
            (0x6985, PinBlocked),
            (0x6986, PinBlocked),
            (0x6982, NotAuthenticated),
            (0x6700, WrongLength),
            (0x6987, InvalidData),
            (0x6A80, InvalidData),
            (0x6A86, InvalidData),
            (0x6B00, InvalidData),
            (0x6A88, NoSuchFile),
            (0x6200, CardFault),
            (0x6283, CardFault),
            (0x6E00, CardFault),
            (0x6F00, CardFault),
            (0x6104, CardFault),
            (0x9001, CardFault),
        ],
    )
    def test_the_meaning_of_the_common_ones(
        self, subject: DrivenCard, ins: int, sw: int, meaning: type[CardError] | None
    ) -> None:
        work = {0x20: verify, 0x24: change, 0x2C: lambda card: card.reset_pin(1, secret(NEW_PIN))}[ins]
        if meaning is None:
            meaning = PinBlocked if subject.connection.card.name == "cps4" else PinIncorrect
        subject.connection.refuse(ins, sw)
        with pytest.raises(meaning):
            subject.run(work)
        assert subject.connection.card.pin_tries == 3
        assert right(subject.connection.card) == "1234"


def test_commands_with_codes_are_wiped(subject: DrivenCard) -> None:
    subject.run(change)
    subject.run(reset)
    assert {bytes(command) for command in subject.connection.secrets} == {
        bytes(len(command)) for command in subject.connection.secrets
    }
    assert subject.connection.secrets


def test_no_exception_shows_a_code() -> None:
    for profile in CARDS:
        for sw in (0x63C1, 0x6983, 0x6982, 0x6F00, 0x6A80):
            subject = driven(profile)
            subject.connection.refuse(0x20, sw)
            subject.connection.refuse(0x24, sw)
            with pytest.raises(CardError) as caught:
                subject.run(lambda card: card.change_pin(1, secret(b"7391"), secret(b"8462")))
            said = repr(caught.value) + str(caught.value) + repr(caught.value.__cause__)
            assert not [code for code in ("7391", "8462", "37333931", "38343632") if code in said]


MOMENTARY = [0x6300, 0x63C0, 0x63C2, 0x6983, 0x6984, 0x6985, 0x6986, 0x6A80, 0x6700]


@pytest.mark.parametrize("sw", MOMENTARY)
def test_errors_of_other_commands_are_not_about_codes_nor_keys(sw: int, subject: DrivenCard) -> None:
    """The same status words have other meanings for commands that read, write, or ask for random bytes."""
    path = bytes.fromhex("3F000001D107")
    subject.run(verify)
    held = subject.run(lambda card: card.read_file(path))
    uses: list[tuple[int, Callable[[Card], object]]] = [
        (0xB0, lambda card: card.serial()),
        (0xB0, lambda card: card.read_file(path)),
        (0xA4, lambda card: card.read_file(path)),
        (0xD6, lambda card: card.write_file(path, b"\1" * len(held), held)),
        (0x84, lambda card: card.random(8)),
    ]
    for ins, use in uses:
        subject.connection.refuse(ins, sw)
        with pytest.raises(CardError) as caught:
            subject.run(use)
        assert not isinstance(caught.value, PinIncorrect | PinBlocked | NotUsable | InvalidData | WrongLength)
        subject.connection.obey()


@pytest.mark.parametrize("ins", [0x22, 0x2A])
@pytest.mark.parametrize("sw", [0x6300, 0x63C0, 0x63C2])
def test_an_operation_counts_no_tries(ins: int, sw: int, subject: DrivenCard) -> None:
    subject.run(verify)
    subject.connection.refuse(ins, sw)
    key = 0x81 if subject.connection.card.name == "cps3" else 0x10
    with pytest.raises(CardFault):
        subject.run(lambda card: card.compute(key, scheme.digest(scheme.SHA256), bytes(32), None))


def test_a_file_that_is_not_there_is_distinguished_from_one_that_is_protected(subject: DrivenCard) -> None:
    path = bytes.fromhex("3F000001D107")
    for sw, kind in ((0x6A82, NoSuchFile), (0x6982, NotAuthenticated)):
        subject.connection.refuse(0xA4, sw)
        with pytest.raises(kind):
            subject.run(lambda card: card.read_file(path))
        subject.connection.obey()


@pytest.mark.parametrize("after", range(4))
@pytest.mark.parametrize("sw", [*MOMENTARY, 0x6982, 0x6F00, 0x6D00, 0x6283, 0x6881])
def test_a_refusal_that_passes_while_files_are_read_is_not_noticed(sw: int, after: int, subject: DrivenCard) -> None:
    path = bytes.fromhex("3F000001A001")
    subject.connection.fault(f"after={after} do=sw sw={sw:04X}")
    content = subject.connection.card.file("3F00/0001/A001").content
    assert subject.run(lambda card: card.read_object(path)) == content


@pytest.mark.parametrize("after", range(5))
def test_a_chip_that_starts_again_by_itself_goes_on_reading(after: int, subject: DrivenCard) -> None:
    subject.connection.fault(f"after={after} do=reset")
    content = subject.connection.card.file("3F00/0001/A001").content
    assert subject.run(lambda card: card.read_object(bytes.fromhex("3F000001A001"))) == content
