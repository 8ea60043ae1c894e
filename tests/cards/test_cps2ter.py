"""The CPS2ter volet: which objects it adds, how its files are read, and that the IAS application is found again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.virtual_card.cps3 import Cps3Chip
from conformance.virtual_card.files import ElementaryFile
from cryptolib.cards import cps2ter
from cryptolib.cards.errors import AccessDenied, CardError, CardFault, NoSuchFile, OutsideFile, PinBlocked
from cryptolib.iso7816.channel import Channel
from cryptolib.iso7816.connection import T0, CardRemoved
from cryptolib.pkcs15.entries import Entry
from tests.cards.test_recovery import ELSEWHERE, OPERATIONS, logged_in, sign_with_last_round
from tests.scripted import ScriptedConnection
from tests.support import DrivenCard, driven

SITUATIONS = bytes.fromhex("3F007F014000")
FIRST = bytes.fromhex("3F004010")
LAST = bytes.fromhex("3F00401F")


def entry(label: str) -> Entry:
    return Entry(label, private=label.startswith("CPS_ACTIVITY"), modifiable=False)


def labels(*listed: str) -> list[str]:
    return [added.label for added in cps2ter.entries([entry(label) for label in listed])]


def volet_file(subject: DrivenCard, path: str) -> ElementaryFile:
    chip = subject.connection.card.chip
    assert isinstance(chip, Cps3Chip)
    return chip.volet.files.file(path)


def read(subject: DrivenCard, path: bytes) -> bytes:
    return subject.run(lambda card: card.read_file(path))


class TestObjects:
    """No directory lists them: they follow from the situations d'exercice that it lists."""

    def test_one_for_each_situation_and_one_for_the_billing(self) -> None:
        assert labels("CPS_ACTIVITY_01_PS", "CPS_ACTIVITY_04_PS", "CPS_ACTIVITY_16_PS", "CPS_DATA") == [
            "CPS_SIT_FACT",
            "CPS2TER_ACTIVITY_01_PS",
            "CPS2TER_ACTIVITY_04_PS",
            "CPS2TER_ACTIVITY_16_PS",
        ]

    def test_a_holder_without_situation(self) -> None:
        assert labels("CPS_DATA") == ["CPS_SIT_FACT"]

    @pytest.mark.parametrize("label", ["CPS_ACTIVITY_00_PS", "CPS_ACTIVITY_17_PS", "CPS_ACTIVITY_1_PS", "CPS_ACTIVITY"])
    def test_numbers_that_the_volet_does_not_have(self, label: str) -> None:
        assert labels(label) == ["CPS_SIT_FACT"]

    def test_what_the_directory_lists_itself_is_not_added_again(self) -> None:
        assert labels("CPS_ACTIVITY_01_PS", "CPS_SIT_FACT", "CPS2TER_ACTIVITY_01_PS") == []

    def test_they_are_protected_and_nobody_writes_them(self) -> None:
        for added in cps2ter.entries([entry("CPS_ACTIVITY_01_PS")]):
            assert added.private and not added.modifiable
            assert added.application == "CPS"

    def test_each_situation_has_its_file(self) -> None:
        listed = [entry(f"CPS_ACTIVITY_{number:02}_PS") for number in range(1, 17)]
        paths = [added.path for added in cps2ter.entries(listed)]
        assert paths == [SITUATIONS, *(bytes.fromhex(f"3F00{0x400F + number:04X}") for number in range(1, 17))]
        assert set(paths) == cps2ter.PATHS

    @pytest.mark.parametrize("profile", ["cps3cl", "cps4"])
    def test_other_cards_have_no_volet(self, profile: str) -> None:
        listed = [entry("CPS_ACTIVITY_01_PS")]
        assert driven(profile).driver.data_objects(listed) == listed


class TestReading:
    def test_reading_the_volet_sends_these_commands(self) -> None:
        subject = logged_in("cps3")
        size = len(volet_file(subject, "3F00/4010").content)
        assert subject.did(lambda card: card.read_file(FIRST)) == [
            "A0A40000023F00",
            "A0A40000024010",
            "A0C0000007",
            f"A0B00000{size:02X}",
        ]

    def test_a_file_in_a_directory_is_selected_step_by_step(self) -> None:
        subject = logged_in("cps3")
        commands = subject.did(lambda card: card.read_file(SITUATIONS))
        assert commands[:3] == ["A0A40000023F00", "A0A40000027F01", "A0A40000024000"]
        assert read(subject, SITUATIONS) == volet_file(subject, "3F00/7F01/4000").content

    @pytest.mark.parametrize("size", [0, 1, 0xE7, 0xE8, 600])
    def test_a_long_file_is_read_whole(self, size: int) -> None:
        subject = logged_in("cps3")
        content = bytes(index * 7 & 0xFF for index in range(size))
        volet_file(subject, "3F00/4010").content = content
        assert read(subject, FIRST) == content

    def test_one_transaction_holds_all_of_it(self) -> None:
        subject = logged_in("cps3")
        before = subject.connection.transactions
        read(subject, SITUATIONS)
        assert subject.connection.transactions == before + 1

    def test_the_volet_needs_the_code(self) -> None:
        with pytest.raises(AccessDenied):
            read(driven("cps3"), FIRST)

    def test_a_situation_that_the_volet_does_not_hold(self) -> None:
        with pytest.raises(NoSuchFile):
            read(logged_in("cps3"), LAST)

    @pytest.mark.parametrize(
        ("sw", "meaning"),
        [
            ("9804", AccessDenied),
            ("9808", AccessDenied),
            ("9840", PinBlocked),
            ("9404", NoSuchFile),
            ("9402", CardFault),
            ("9400", CardFault),
            ("6B00", OutsideFile),
            ("6E00", CardFault),
            ("6F00", CardFault),
        ],
    )
    @pytest.mark.parametrize("ins", ["A4", "C0", "B0"])
    def test_each_refusal_has_its_meaning(self, ins: str, sw: str, meaning: type[CardError]) -> None:
        subject = logged_in("cps3")
        subject.connection.fault(f"cla=A0 ins={ins} do=sw sw={sw}")
        with pytest.raises(meaning) as caught:
            read(subject, FIRST)
        assert type(caught.value) is meaning

    @pytest.mark.parametrize(
        "description",
        ["", "6205000740100400", "8502000B", "8504000B4010", "8505000B401002", "8505000B401001", "857F"],
    )
    def test_what_it_says_about_a_file_must_be_a_file(self, description: str) -> None:
        connection = ScriptedConnection(
            T0,
            ("A0A40000023F00", "9F07"),
            ("A0A40000024010", "9F07"),
            ("A0C0000007", description + "9000"),
        )
        with pytest.raises(CardFault):
            cps2ter.read(Channel(connection), FIRST)
        connection.assert_finished()

    def test_a_file_about_which_nothing_is_said(self) -> None:
        connection = ScriptedConnection(T0, ("A0A40000023F00", "9F07"), ("A0A40000024010", "9000"))
        with pytest.raises(CardFault):
            cps2ter.read(Channel(connection), FIRST)
        connection.assert_finished()

    def test_an_empty_answer_is_no_content(self) -> None:
        connection = ScriptedConnection(
            T0,
            ("A0A40000023F00", "9F07"),
            ("A0A40000024010", "9F07"),
            ("A0C0000007", "85050003401004 9000"),
            ("A0B0000003", "9000"),
        )
        with pytest.raises(CardFault):
            cps2ter.read(Channel(connection), FIRST)


@pytest.mark.parametrize("operation", OPERATIONS)
class TestTheWayBack:
    """After the volet every operation of the IAS application goes on, wherever the card is then."""

    def test_keys_work_after_a_read(self, operation: Callable[[DrivenCard, str], None]) -> None:
        subject = logged_in("cps3")
        operation(subject, "cps3")
        read(subject, FIRST)
        operation(subject, "cps3")
        read(subject, SITUATIONS)
        assert (subject.connection.card.pin_tries, subject.connection.card.puk_tries) == (3, 10)

    def test_after_a_read_that_left_the_card_in_the_volet(self, operation: Callable[[DrivenCard, str], None]) -> None:
        subject = logged_in("cps3")
        operation(subject, "cps3")
        subject.connection.elsewhere(*ELSEWHERE["cps3"]["in the CPS2ter applet"])
        read(subject, FIRST)
        operation(subject, "cps3")
        assert (subject.connection.card.pin_tries, subject.connection.card.puk_tries) == (3, 10)

    def test_after_a_read_that_was_refused_half_way(self, operation: Callable[[DrivenCard, str], None]) -> None:
        subject = logged_in("cps3")
        operation(subject, "cps3")
        subject.connection.fault("cla=A0 ins=B0 do=sw sw=9804")
        with pytest.raises(AccessDenied):
            read(subject, FIRST)
        operation(subject, "cps3")


def test_the_last_round_survives_too() -> None:
    subject = logged_in("cps3")
    sign_with_last_round(subject, "cps3")
    read(subject, FIRST)
    sign_with_last_round(subject, "cps3")


@pytest.mark.parametrize("after", range(4))
def test_a_card_pulled_in_the_middle(after: int) -> None:
    subject = logged_in("cps3")
    subject.connection.fault(f"after={after} cla=A0 do=remove")
    with pytest.raises(CardRemoved):
        read(subject, FIRST)
    assert not subject.connection.in_transaction
