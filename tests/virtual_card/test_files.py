"""READ and UPDATE BINARY, the CPS2ter volet. Card specification 1.5, 2.7 and 2.8."""

import pytest

from conformance.virtual_card.variations import vary
from tests.virtual_card.terminal import PIN, Terminal

SERIAL = "5A0A8025000001999900035F"


class TestReading:
    def test_needs_a_current_file(self, cps3: Terminal) -> None:
        assert cps3.ask("00B0000001") == "6986"
        cps3.accept("00A4090C04 3F00D003", "00A4090C043F000001")
        assert cps3.ask("00B0000001") == "6986"

    def test_from_an_offset(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C04 3F00D003")
        assert cps3.ask("00B0000206") == SERIAL[4:16] + "9000"
        assert cps3.ask("00B0000B01") == SERIAL[22:] + "9000"
        assert cps3.ask("00B0000C01") == "6B00"
        assert cps3.ask("00B07FFF01") == "6B00"

    def test_by_short_identifier_as_opensc_does(self, cps3: Terminal) -> None:
        assert cps3.ask("00B09C00C0") == "6C0C"
        assert cps3.ask("00B09C000C") == SERIAL + "9000"
        assert cps3.ask("00B0000C01") == "6B00"

    def test_a_short_identifier_belongs_to_the_current_directory(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C043F000001")
        assert cps3.ask("00B09C000C") == "6A82"

    def test_reserved_bits_of_p1_are_refused(self, cps3: Terminal) -> None:
        assert cps3.ask("00B0BC000C") == "6A86"

    def test_a_command_without_le_is_refused(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C04 3F00D003")
        assert cps3.ask("00B00000") == "6700"

    def test_long_files_are_read_in_steps(self, cps4: Terminal) -> None:
        cps4.accept("01A4080C04 0001A002")
        certificate = cps4.card.file("3F00/0001/A002").content
        read = b""
        while len(read) < len(certificate):
            answer = cps4.card.transmit(bytes((1, 0xB0, len(read) >> 8, len(read) & 0xFF, 0)))
            assert answer[-2:] == b"\x90\x00"
            read += answer[:-2]
        assert read == certificate


class TestWriting:
    def test_cps_data_is_written_with_the_pin(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C06 3F000001D107")
        assert cps3.ask("00D6000003414243") == "6982"
        cps3.accept("0020000104" + PIN, "00D6000003414243", "00D600FF0144")
        assert cps3.ask("00B0000004") == "414243009000"
        assert cps3.ask("00B000FF01") == "449000"

    @pytest.mark.parametrize(
        ("command", "sw"), [("00D6100001FF", "6B00"), ("00D60FFF02FFFF", "6A84"), ("00D60000", "6700")]
    )
    def test_nothing_is_written_beyond_the_end(self, cps3: Terminal, command: str, sw: str) -> None:
        cps3.accept("0020000104" + PIN, "00A4090C06 3F000001D107")
        assert cps3.ask(command) == sw
        assert cps3.card.file("3F00/0001/D107").content == bytes(4096)

    @pytest.mark.parametrize("path", ["3F000001A001", "3F000001D121", "3F000001D100"])
    def test_no_other_file_can_be_written(self, cps3: Terminal, path: str) -> None:
        cps3.accept("0020000104" + PIN, "00A4090C06" + path)
        assert cps3.ask("00D6000001FF") == "6982"

    def test_cps4(self, cps4: Terminal) -> None:
        vary(cps4.card, "cps-data=256")
        cps4.accept("0120000104" + PIN, "01A4080C04 0001D107", "01D6000003414243")
        assert cps4.ask("01B0000003") == "4142439000"

    def test_not_over_the_antenna(self, antenna: Terminal) -> None:
        antenna.accept("00A4090C06 3F000001D107")
        assert antenna.ask("00D6000003414243") == "6982"


class TestVolet:
    def test_an_activity_is_read_after_the_pin(self, cps3: Terminal) -> None:
        assert cps3.ask("A0A40000023F00") == "9F07"
        assert cps3.ask("A0A40000024010") == "9F07"
        size = cps3.card.transmit(bytes.fromhex("A0C0000007"))
        assert size[:2] == bytes.fromhex("8505") and size[4:7] == bytes.fromhex("401004")
        assert cps3.ask("A0B0000001") == "9804"
        cps3.accept("0020000104" + PIN)
        assert cps3.ask("A0B0000001") == "E89000"

    def test_the_billing_situation_stands_in_a_directory(self, cps3: Terminal) -> None:
        cps3.accept("0020000104" + PIN, "A0A40000023F00", "A0A40000027F01", "A0A40000024000")
        assert cps3.ask("A0C0000007")[-10:-4] == "400004"
        cps3.accept("A0B0000002")

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("A0A4000002401F", "9404"),
            ("A0A40900023F00", "6B00"),
            ("A0A400000140", "6700"),
            ("A0B0000001", "9400"),
            ("A020000104" + PIN, "6D00"),
        ],
    )
    def test_refused(self, cps3: Terminal, command: str, sw: str) -> None:
        assert cps3.ask(command) == sw

    def test_the_exact_length_is_asked(self, cps3: Terminal) -> None:
        cps3.accept("0020000104" + PIN, "A0A40000024010")
        assert cps3.ask("A0C0000008") == "6707"
        assert cps3.ask("A0B00000FF") == "9402"

    def test_the_ias_application_is_left_as_it_was(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C04 3F00D003", "A0A40000023F00", "00B000000C")

    def test_once_the_volet_is_selected_only_a_selection_by_name_leads_back(self, cps3: Terminal) -> None:
        cps3.accept("00A4040C08 8025000001FF0002", "A0A40000023F00")
        assert cps3.ask("00A4090C04 3F00D003") == "6E00"
        assert cps3.ask("0020000104" + PIN) == "6E00"
        cps3.accept("00A4040408 8025000001FF0100", "00A4090C04 3F00D003")

    def test_there_is_none_on_other_cards(self, cps4: Terminal, antenna: Terminal) -> None:
        assert cps4.ask("A0A40000023F00") == "6E00"
        assert antenna.ask("A0A40000023F00") == "6E00"
        assert antenna.ask("00A4040C08 8025000001FF0002") == "6A82"
