"""SELECT: what issued cards accept, what they refuse, and what they answer. Card specification 1.3, 1.4 and 3.1."""

import pytest

from conformance.virtual_card.access import PROTECTED
from tests.virtual_card.terminal import CHIPDOC, Terminal

MF = "8025000001FF0100"
CONTACT = "E828BD080F8025000001FF0010"


class TestCps3:
    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("00A4090404 3F00D003", "6127"),
            ("00A4090C04 3F00D003", "9000"),
            ("00A4080C02 D003", "9000"),
            ("00A4000C02 3F00", "9000"),
            ("00A4020402 D003", "6127"),
            ("00A4020402 3F00", "612A"),
            ("00A4010C02 0001", "9000"),
            ("00A4040008" + MF, "9000"),
            ("00A404040D" + CONTACT, "612F"),
            ("00A4040C0D" + CONTACT, "9000"),
        ],
    )
    def test_accepted(self, cps3: Terminal, command: str, sw: str) -> None:
        assert cps3.ask(command) == sw

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("00A4020002 D003", "6A86"),
            ("00A4090004 3F00D003", "6A86"),
            ("00A404000D" + CONTACT, "6A86"),
            ("00A4094404 3F00D003", "6A86"),
            ("00A4050C02 D003", "6A86"),
            ("00A4090404 3F00D010", "6A82"),
            ("00A4010C02 D003", "6A82"),
            ("00A4020C02 0001", "6A82"),
            ("00A4030C00", "6A82"),
            ("00A4080C04 3F00D003", "6A82"),
            ("00A4090C06 3F00D0030001", "6A82"),
            ("00A4090C03 3F00D0", "6A80"),
            ("00A4040C05 A000000151", "6A82"),
            ("00A4040C04 80250000", "6700"),
            ("00A4000C01 3F", "6700"),
        ],
    )
    def test_refused(self, cps3: Terminal, command: str, sw: str) -> None:
        assert cps3.ask(command) == sw

    def test_a_path_without_3f00_starts_from_the_current_directory(self, cps3: Terminal) -> None:
        cps3.accept("00A4090402 2F00", "00A4090C04 3F000001")
        assert cps3.ask("00A4090402 2F00") == "6A82"
        assert cps3.ask("00A4090402 5031") == "6126"

    def test_a_failed_selection_keeps_the_current_file(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C04 3F00D003")
        assert cps3.ask("00A4090C04 3F00D010") == "6A82"
        cps3.accept("00B000000C")

    def test_the_parent_of_the_application_is_the_master_file(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C04 3F000001", "00A4030C00", "00A4020C02 D003")

    def test_fci_of_the_serial_number_is_that_of_an_issued_card(self, cps3: Terminal) -> None:
        rules = "A112 8C077BFFFFFFFFFF00 9C077BFFFFFFFFFF00"
        expected = f"6225 8002000C 820101 8302D003 8801E0 {rules} 8A0105"
        assert cps3.collect("00A4090404 3F00D003") == bytes.fromhex(expected)

    def test_fci_of_a_file_without_short_identifier(self, cps3: Terminal) -> None:
        assert cps3.collect("00A4090406 3F0000015031")[:2] == bytes.fromhex("6224")

    def test_fci_shows_the_access_rules(self, cps3: Terminal) -> None:
        assert bytes.fromhex("8C077BFFFFFFFFFF11 9C077BFFFFFFFFFFFF") in cps3.collect("00A4090406 3F000001D121")
        assert bytes.fromhex("8C077BFFFFFFFF1100 9C077BFFFFFFFFFF00") in cps3.collect("00A4090406 3F000001D107")


class TestCps4:
    def test_nothing_answers_on_channel_1_before_the_applet_is_selected(self, cps4: Terminal) -> None:
        cps4.card.reset()
        assert cps4.ask("01A4080002 D00300") == "6881"
        assert cps4.ask("0184000008") == "6881"
        assert cps4.ask("01A4040C0D" + CONTACT) == "6881"
        cps4.accept(CHIPDOC, "01A4080002 D00300")

    def test_a_file_is_answered_with_an_fci_template(self, cps4: Terminal) -> None:
        assert cps4.ask("01A4080002 D00300") == "6F0B 8002000C 820101 8302D003 9000".replace(" ", "")
        assert cps4.ask("01A4080402 D00300").startswith("620B")
        assert cps4.ask("01A4080C02 D003") == "9000"

    def test_the_application_is_selected_by_path(self, cps4: Terminal) -> None:
        assert cps4.ask("01A40800020001") == "9000"
        assert cps4.ask("01A4080002000100").startswith("6F")

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("01A4080004 3F00D00300", "6A82"),
            ("01A4080000", "6700"),
            ("01A4080102 D003", "6A86"),
            ("01A4060002 D003", "6A86"),
            ("01A4040C05 A000000151", "6A82"),
        ],
    )
    def test_refused(self, cps4: Terminal, command: str, sw: str) -> None:
        assert cps4.ask(command) == sw

    def test_the_basic_channel_has_the_card_manager_but_not_chipdoc(self, cps4: Terminal) -> None:
        assert cps4.ask("00A4040C07 A0000001510000") == "9000"
        assert cps4.ask("00A4040C08 8025000001FF0002") == "9000"
        assert cps4.ask("00A4040C08" + MF) == "6A82"


def test_a_test_may_change_the_files_of_a_card(cps3: Terminal) -> None:
    files = cps3.card.files
    files.add("3F00/D010", bytes.fromhex("EC00"), PROTECTED)
    assert cps3.ask("00A4090C04 3F00D010") == "9000"
    assert cps3.ask("00B0000002") == "6982"
    files.remove("3F00/2F00")
    assert cps3.ask("00A4090C04 3F002F00") == "6A82"
    cps3.card.file("3F00/0001/A001").content = b"not a certificate"
    assert cps3.collect("00A4090406 3F000001A001")[4:6] == bytes((0, 17))


@pytest.mark.parametrize("path", ["D003", "3F00/D003/0001", "3F00/0001", "3F00/9999"])
def test_a_path_that_names_no_file_is_a_mistake_of_the_test(cps3: Terminal, path: str) -> None:
    with pytest.raises(KeyError):
        cps3.card.file(path)
