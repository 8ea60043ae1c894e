"""Transmission: T=0 and T=1 framing, GET RESPONSE, 6Cxx, chaining. ISO/IEC 7816-3:2006 clause 12."""

import pytest

from conformance.virtual_card.card import NotPowered
from conformance.virtual_card.profiles import new_card
from tests.virtual_card.terminal import PIN, Terminal

SELECT_SERIAL = "00A4090404 3F00D003"
SIGN = ("0020000104" + PIN, "00A4090C043F000001", "002241A406800102840182")


@pytest.mark.parametrize(
    ("profile", "protocol", "atr"),
    [
        ("cps3", "T=0", "3BAC00402A001225006480000310009000"),
        ("cps3cl", "T=1", "3B8F80010031B86404B0ECC1739401808290000E"),
        ("cps4", "T=1", "3B9B188001001225006480040100009044"),
    ],
)
def test_each_card_answers_to_reset(profile: str, protocol: str, atr: str) -> None:
    card = new_card(profile)
    assert card.power_on().hex().upper() == atr
    assert card.reset().hex().upper() == atr
    assert card.protocol == protocol


def test_a_card_without_power_does_not_answer() -> None:
    card = new_card("cps3")
    with pytest.raises(NotPowered):
        card.transmit(bytes.fromhex("0084000008"))
    card.power_on()
    card.transmit(bytes.fromhex("0084000008"))
    card.power_off()
    with pytest.raises(NotPowered):
        card.transmit(bytes.fromhex("0084000008"))


class TestT0:
    def test_a_command_with_data_announces_its_answer(self, cps3: Terminal) -> None:
        assert cps3.ask(SELECT_SERIAL) == "6127"
        answer = cps3.ask("00C0000027")
        assert len(answer) == 2 * (0x27 + 2) and answer.endswith("9000")

    def test_the_announced_answer_is_given_once(self, cps3: Terminal) -> None:
        cps3.accept(SELECT_SERIAL, "00C0000027")
        assert cps3.ask("00C0000027") == "6985"

    def test_another_command_drops_the_announced_answer(self, cps3: Terminal) -> None:
        cps3.accept(SELECT_SERIAL, "0084000008")
        assert cps3.ask("00C0000027") == "6985"

    def test_asking_for_more_than_announced_gives_the_length_and_loses_nothing(self, cps3: Terminal) -> None:
        cps3.accept(SELECT_SERIAL)
        assert cps3.ask("00C00000FF") == "6C27"
        assert cps3.ask("00C0000000") == "6C27"
        assert cps3.ask("00C0000027").endswith("9000")

    def test_a_signature_comes_in_two_pieces_or_in_one(self, cps3: Terminal) -> None:
        cps3.accept(*SIGN)
        assert cps3.ask("0088000003414243") == "6100"
        assert cps3.ask("00C00000E7").endswith("6119")
        assert cps3.ask("00C0000019").endswith("9000")
        assert cps3.ask("0088000003414243") == "6100"
        whole = cps3.ask("00C0000000")
        assert len(whole) == 2 * (256 + 2) and whole.endswith("9000")

    def test_a_wrong_length_to_read_gives_the_right_one(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C04 3F00D003")
        assert cps3.ask("00B0000000") == "6C0C"
        assert cps3.ask("00B00000C0") == "6C0C"
        assert cps3.ask("00B000000C").endswith("9000")

    def test_a_signature_asked_with_the_wrong_length_is_not_lost(self, cps3: Terminal) -> None:
        cps3.accept("0020000104" + PIN, "00A4090C043F000001", "002241AA03800140", "002241B606800142840181")
        cps3.accept("002A90A00490008000")
        assert cps3.ask("002A9E9A10") == "6C00"
        before = cps3.card.rsa_operations
        assert cps3.ask("002A9E9A00").endswith("9000")
        assert cps3.card.rsa_operations == before

    @pytest.mark.parametrize("command", ["00", "00A409", "00A4090404 3F00D0", "00A4090404 3F00D00300"])
    def test_lengths_that_do_not_add_up_are_refused(self, cps3: Terminal, command: str) -> None:
        assert cps3.ask(command) == "6700"


class TestT1:
    def test_the_answer_comes_when_le_asks_for_it(self, cps4: Terminal) -> None:
        assert cps4.ask("01A4080002 D00300").endswith("9000")
        assert cps4.ask("01A4080002 D003") == "9000"

    def test_le_too_short_gives_the_right_one(self, cps4: Terminal) -> None:
        assert cps4.ask("01A4080002 D00301") == "6C0D"

    def test_le_zero_reads_what_is_there(self, cps4: Terminal) -> None:
        cps4.accept("01A4080C02 D003")
        assert len(cps4.ask("01B0000000")) == 2 * (12 + 2)
        assert cps4.ask("01B000000D").endswith("6282")

    @pytest.mark.parametrize("command", ["01", "01A4080005 D00300", "01A4080001 D00300", "01B00000000010"])
    def test_lengths_that_do_not_add_up_are_refused(self, cps4: Terminal, command: str) -> None:
        assert cps4.ask(command) == "6700"

    def test_there_is_no_get_response(self, cps4: Terminal) -> None:
        assert cps4.ask("01C0000010") == "6D00"


class TestChaining:
    def test_a_cryptogram_arrives_in_two_commands(self, cps3: Terminal) -> None:
        cps3.accept("0020000104" + PIN, "00A4090C043F000001", "002241B80680011A840182")
        assert cps3.ask("102A8086FF 81" + "00" * 254) == "9000"
        assert cps3.ask("002A808602 0000") == "6A80"

    def test_a_stranger_in_a_chain_ends_it(self, cps4: Terminal) -> None:
        cps4.accept("0120000104" + PIN, "01A40800020001", "012241B803830120", "112A8086FF" + "00" * 255)
        assert cps4.ask("0184000008") == "6883"
        assert cps4.ask("0184000008").endswith("9000")
        assert cps4.ask("012A8086010000") == "6700"

    def test_a_chain_without_end_is_refused(self, cps4: Terminal) -> None:
        for _ in range(16):
            cps4.accept("112A8086FF" + "00" * 255)
        assert cps4.ask("112A8086FF" + "00" * 255) == "6700"


class TestClassAndInstruction:
    @pytest.mark.parametrize(
        ("command", "sw"),
        [("80A4000C023F00", "6E00"), ("0184000008", "6881"), ("0C84000008", "6882"), ("0070000000", "6D00")],
    )
    def test_cps3(self, cps3: Terminal, command: str, sw: str) -> None:
        assert cps3.ask(command) == sw

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("81A4000C023F00", "6E00"),
            ("0284000008", "6881"),
            ("0D84000008", "6882"),
            ("0188000001FF", "6D00"),
            ("0084000008", "6D00"),
            ("00A4080C02D003", "6A86"),
        ],
    )
    def test_cps4(self, cps4: Terminal, command: str, sw: str) -> None:
        assert cps4.ask(command) == sw
