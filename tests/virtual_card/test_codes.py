"""The code porteur and the code de deblocage, and what they open. Card specification 2.2, 2.3 and 3.2."""

from pathlib import Path

import pytest

from conformance.virtual_card.profiles import new_card
from tests.virtual_card.terminal import PIN, PUK, Terminal

WRONG = "39393939"
NEW = "34333231"
PRIVATE_FILE = "3F000001D121"


class TestCps3:
    def test_each_wrong_pin_costs_one_try_and_the_third_blocks(self, cps3: Terminal) -> None:
        assert [cps3.ask("0020000104" + WRONG) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
        assert cps3.ask("0020000104" + PIN) == "6983"
        assert cps3.card.pin_tries == 0

    def test_the_right_pin_gives_the_tries_back(self, cps3: Terminal) -> None:
        cps3.ask("0020000104" + WRONG)
        cps3.accept("0020000104" + PIN)
        assert cps3.card.pin_tries == 3

    @pytest.mark.parametrize("code", ["00200001033132 33", "00200001053132333435", "0020000108 3132333435363738"])
    def test_a_code_of_the_wrong_length_costs_nothing(self, cps3: Terminal, code: str) -> None:
        assert cps3.ask(code) == "6700"
        assert cps3.card.pin_tries == 3

    def test_the_puk_has_ten_tries(self, cps3: Terminal) -> None:
        answers = [cps3.ask("0020000208" + WRONG * 2) for _ in range(11)]
        assert answers == [f"63C{left:X}" for left in range(9, -1, -1)] + ["6983"]

    def test_the_puk_may_be_presented_a_hundred_times(self, cps3: Terminal) -> None:
        for _ in range(100):
            cps3.accept("0020000208" + PUK)
        assert cps3.ask("0020000208" + PUK) == "6984"

    def test_an_empty_verify_says_whether_the_pin_is_needed(self, cps3: Terminal) -> None:
        assert cps3.ask("00200001") == "63C3"
        cps3.accept("0020000104" + PIN)
        assert cps3.ask("0020000100") == "9000"

    def test_counters_are_objects_of_the_master_file(self, cps3: Terminal) -> None:
        pin, puk = "00CB3FFF0A 4D087006BF810102A080", "00CB3FFF0A 4D087006BF810202A080"
        cps3.ask("0020000104" + WRONG)
        assert cps3.collect(pin) == bytes.fromhex("7016BF810112A0109A01039B0102A1088C06F3000013FF00")
        assert cps3.collect(puk) == bytes.fromhex("701ABF810216A0149A010A9B010A9D020064A1088C06F3FF00FFFF00")
        cps3.accept("00A4090C043F000001")
        assert cps3.ask(pin) == "6A88"

    def test_change_takes_the_old_and_the_new_code(self, cps3: Terminal) -> None:
        assert cps3.ask("0024000108" + WRONG + NEW) == "63C2"
        cps3.accept("0024000108" + PIN + NEW, "0020000104" + NEW)
        assert cps3.ask("0020000104" + PIN) == "63C2"

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("0024010104" + NEW, "6A86"),
            ("0024000104" + NEW, "6700"),
            ("0024000210" + PUK + PUK, "6982"),
            ("0024000308" + PIN + NEW, "6A88"),
            ("0024000108" + PIN + "41424344", "6A80"),
            ("0020010104" + PIN, "6A86"),
            ("0020000704" + PIN, "6A88"),
            ("002C020104" + NEW, "6982"),
            ("002C000104" + NEW, "6A86"),
        ],
    )
    def test_refused(self, cps3: Terminal, command: str, sw: str) -> None:
        assert cps3.ask(command) == sw
        assert cps3.card.pin_tries == 3

    def test_the_puk_unblocks_with_a_new_code(self, cps3: Terminal) -> None:
        for _ in range(3):
            cps3.ask("0020000104" + WRONG)
        cps3.accept("0020000208" + PUK, "002C020104" + NEW, "0020000104" + NEW)
        assert cps3.card.pin_tries == 3

    def test_the_puk_unblocks_the_counter_alone(self, cps3: Terminal) -> None:
        cps3.ask("0020000104" + WRONG)
        cps3.accept("0020000208" + PUK)
        assert cps3.ask("002C030104" + NEW) == "6700"
        cps3.accept("002C0301", "0020000104" + PIN)


class TestCps4:
    def test_an_empty_verify_always_gives_the_tries_left(self, cps4: Terminal) -> None:
        assert cps4.ask("01200001") == "63C3"
        assert cps4.ask("01200002") == "63CA"
        cps4.accept("0120000104" + PIN)
        assert cps4.ask("01200001") == "63C3"

    def test_the_third_wrong_pin_blocks(self, cps4: Terminal) -> None:
        assert [cps4.ask("0120000104" + WRONG) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
        assert cps4.ask("01200001") == "6983"

    def test_change_takes_the_new_code_once_the_old_one_is_presented(self, cps4: Terminal) -> None:
        assert cps4.ask("0124010104" + NEW) == "6982"
        cps4.accept("0120000104" + PIN, "0124010104" + NEW, "0120000104" + NEW)

    def test_the_puk_resets_the_counter_then_a_new_code_is_set(self, cps4: Terminal) -> None:
        for _ in range(3):
            cps4.ask("0120000104" + WRONG)
        assert cps4.ask("012C0381") == "6982"
        cps4.accept("0120000208" + PUK)
        assert cps4.ask("0124010104" + NEW) == "6983"
        cps4.accept("012C0381", "0124010104" + NEW, "0120000104" + NEW)

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("0124000108" + PIN + NEW, "6A86"),
            ("0124010208" + PUK, "6982"),
            ("0124010105" + NEW + "35", "6700"),
            ("012C0301", "6A88"),
            ("012C0281", "6A86"),
            ("012C038104" + NEW, "6700"),
            ("0120010104" + PIN, "6A86"),
            ("0120000304" + PIN, "6A88"),
            ("0120000103313233", "6700"),
        ],
    )
    def test_refused(self, cps4: Terminal, command: str, sw: str) -> None:
        cps4.accept("0120000104" + PIN)
        assert cps4.ask(command) == sw


class TestSecurityStatus:
    def test_a_protected_file_opens_with_the_pin(self, cps3: Terminal) -> None:
        cps3.accept("00A4090C06" + PRIVATE_FILE)
        assert cps3.ask("00B0000001") == "6982"
        cps3.accept("0020000104" + PIN, "00B0000001")

    def test_the_puk_does_not_open_it(self, cps3: Terminal) -> None:
        cps3.accept("0020000208" + PUK, "00A4090C06" + PRIVATE_FILE)
        assert cps3.ask("00B0000001") == "6982"

    def test_a_wrong_pin_closes_it(self, cps3: Terminal) -> None:
        cps3.accept("0020000104" + PIN, "00A4090C06" + PRIVATE_FILE)
        cps3.ask("0020000104" + WRONG)
        assert cps3.ask("00B0000001") == "6982"

    @pytest.mark.parametrize("event", ["reset", "power_on", "brown_out"])
    def test_a_restart_closes_it(self, cps3: Terminal, event: str) -> None:
        cps3.accept("0020000104" + PIN)
        getattr(cps3.card, event)()
        cps3.accept("00A4090C06" + PRIVATE_FILE)
        assert cps3.ask("00B0000001") == "6982"

    def test_selecting_an_application_keeps_it(self, cps3: Terminal) -> None:
        cps3.accept("0020000104" + PIN, "00A4040C0D E828BD080F8025000001FF0010", "00A4090C06" + PRIVATE_FILE)
        cps3.accept("00B0000001")

    def test_cps4_files_follow_the_same_rule(self, cps4: Terminal) -> None:
        cps4.accept("01A4080C04 0001D121")
        assert cps4.ask("01B0000000") == "6982"
        cps4.accept("0120000104" + PIN, "01B0000000")

    def test_the_antenna_has_no_code_and_shows_no_protected_file(self, antenna: Terminal) -> None:
        assert antenna.ask("0020000104" + PIN) == "6A88"
        antenna.accept("00A4090C06" + PRIVATE_FILE)
        assert antenna.ask("00B0000000") == "6982"
        antenna.accept("00A4090C06 3F0000017001")
        assert antenna.ask("00B0000000") == "6982"


class TestMemory:
    def test_counters_codes_and_written_files_survive_in_the_state_file(self, tmp_path: Path) -> None:
        state = tmp_path / "card.json"
        first = new_card("cps3", state)
        first.power_on()
        for command in ("0024000108" + PIN + NEW, "0020000104" + NEW, "00A4090C06 3F000001D107", "00D6000003414243"):
            assert first.transmit(bytes.fromhex(command)) == b"\x90\x00"
        first.transmit(bytes.fromhex("0020000104" + WRONG))
        second = new_card("cps3", state)
        second.power_on()
        assert second.pin_tries == 2
        assert second.file("3F00/0001/D107").content.startswith(b"ABC\x00")
        assert second.transmit(bytes.fromhex("0020000104" + NEW)) == b"\x90\x00"

    def test_a_card_in_memory_starts_as_issued(self) -> None:
        used = new_card("cps4")
        used.power_on()
        used.transmit(bytes.fromhex("01A4040C088025000001FF0100"))
        used.transmit(bytes.fromhex("0120000104" + WRONG))
        assert used.pin_tries == 2
        assert new_card("cps4").pin_tries == 3

    def test_restore_gives_back_codes_counters_and_files(self, cps3: Terminal) -> None:
        cps3.accept("0020000104" + PIN, "00A4090C06 3F000001D107", "00D6000003414243", "0024000108" + PIN + NEW)
        cps3.ask("0020000208" + WRONG * 2)
        cps3.card.restore()
        assert cps3.card.file("3F00/0001/D107").content == bytes(4096)
        assert (cps3.card.pin_tries, cps3.card.puk_tries) == (3, 10)
        cps3.accept("0020000104" + PIN)

    def test_an_unknown_profile_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="unknown card profile"):
            new_card("cps5")
