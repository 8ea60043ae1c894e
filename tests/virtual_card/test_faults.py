"""Scripted faults: which commands they hit, when, and what happens then."""

import pytest

from conformance.virtual_card.faults import CardMute, CardRemoved, Fault
from tests.virtual_card.terminal import PIN, Terminal

RANDOM = "0084000008"


class TestMatching:
    @pytest.mark.parametrize(
        "criteria",
        [
            "",
            "cla=00",
            "ins=A4",
            "p1=09 p2=04",
            "p1p2=0904",
            "data=3F00",
            "data=3f00d0",
            "command=^00A4..04",
            "ins=a4 p2=04",
        ],
    )
    def test_a_rule_matches_its_commands(self, criteria: str) -> None:
        assert Fault.parse(f"{criteria} do=mute").matches(bytes.fromhex("00A4090404 3F00D003"))

    @pytest.mark.parametrize(
        "criteria", ["cla=01", "ins=B0", "p1=00", "p1p2=0900", "data=D003", "command=FFFF", "ins=A4 p2=00"]
    )
    def test_a_rule_leaves_other_commands_alone(self, criteria: str) -> None:
        assert not Fault.parse(f"{criteria} do=mute").matches(bytes.fromhex("00A4090404 3F00D003"))

    @pytest.mark.parametrize(
        "spec",
        [
            "",
            "do=burn",
            "ins=84",
            "do=sw",
            "do=truncate",
            "do=lengthen",
            "do=flip",
            "do=hang",
            "colour=red do=mute",
            "ins do=mute",
            "do=sw sw=XYZ",
            "do=mute after=x",
        ],
    )
    def test_a_spec_that_says_nothing_is_refused(self, spec: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            Fault.parse(spec)


class TestTiming:
    def test_hits_once_by_default(self, cps3: Terminal) -> None:
        cps3.card.faults.add("ins=84 do=sw sw=6F00")
        assert cps3.ask(RANDOM) == "6F00"
        cps3.accept(RANDOM)

    def test_lets_the_first_matching_commands_pass(self, cps3: Terminal) -> None:
        cps3.card.faults.add("after=2 ins=84 do=sw sw=6F00")
        cps3.accept(RANDOM, "00A4000C023F00", RANDOM)
        assert cps3.ask(RANDOM) == "6F00"

    def test_repeats_as_often_as_asked(self, cps3: Terminal) -> None:
        cps3.card.faults.add("times=2 ins=84 do=sw sw=6F00")
        assert [cps3.ask(RANDOM)[-4:] for _ in range(3)] == ["6F00", "6F00", "9000"]

    def test_repeats_until_it_is_cleared(self, cps3: Terminal) -> None:
        cps3.card.faults.add("times=all ins=84 do=sw sw=6F00")
        assert {cps3.ask(RANDOM) for _ in range(5)} == {"6F00"}
        cps3.card.faults.clear()
        cps3.accept(RANDOM)

    def test_faults_hit_in_the_order_they_were_added(self, cps3: Terminal) -> None:
        cps3.card.faults.add("ins=84 do=sw sw=6F00")
        cps3.card.faults.add("ins=84 do=sw sw=6581")
        assert [cps3.ask(RANDOM)[-4:] for _ in range(3)] == ["6F00", "6581", "9000"]


class TestActions:
    def test_an_odd_status_word_comes_instead_of_the_execution(self, cps3: Terminal) -> None:
        cps3.card.faults.add("ins=20 do=sw sw=6985")
        assert cps3.ask("0020000104" + "39393939") == "6985"
        assert cps3.card.pin_tries == 3

    def test_a_card_may_leave_after_the_command(self, cps3: Terminal) -> None:
        cps3.card.faults.add("ins=20 do=sw sw=6985 execute=yes")
        assert cps3.ask("0020000104" + "39393939") == "6985"
        assert cps3.card.pin_tries == 2

    def test_an_answer_is_cut(self, cps3: Terminal) -> None:
        cps3.card.faults.add("ins=84 do=truncate length=3")
        assert len(cps3.ask(RANDOM)) == 6

    def test_a_restarted_chip_has_forgotten_the_pin(self, cps3: Terminal) -> None:
        cps3.accept("0020000104" + PIN, "00A4090C06 3F000001D121")
        cps3.card.faults.add("ins=A4 do=reset")
        cps3.accept("00A4090C06 3F000001D121")
        assert cps3.ask("00B0000001") == "6982"

    def test_a_mute_card_says_nothing_then_has_restarted(self, cps4: Terminal) -> None:
        cps4.card.faults.add("ins=84 do=mute")
        with pytest.raises(CardMute):
            cps4.ask("0184000008")
        assert cps4.ask("0184000008") == "6881"

    @pytest.mark.parametrize(("execute", "tries"), [("no", 3), ("yes", 2)])
    def test_a_card_pulled_out_has_or_has_not_executed(self, cps3: Terminal, execute: str, tries: int) -> None:
        cps3.card.faults.add(f"ins=20 do=remove execute={execute}")
        with pytest.raises(CardRemoved):
            cps3.ask("0020000104" + "39393939")
        assert cps3.card.pin_tries == tries
