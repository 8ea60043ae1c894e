"""The rig keeps its promises: pcscd has seen what a call did when it returns, and nothing is left behind.

Each test looks with PC/SC tools of Debian, not with the rig's own eyes.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.helper import Helper, RigError
from conformance.private_pcscd import DRIVERS
from conformance.rig import Rig
from conformance.vcard.profiles import ATR

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def world() -> Iterator[Rig]:
    """A rig of its own, beside the one that the other suites share."""
    with Rig("cps3") as rig:
        yield rig


@pytest.fixture
def own(world: Rig) -> Rig:
    world.clear_faults()
    world.insert("cps3")
    world.new_pins()
    world.clear_log()
    return world


def tool(rig: Rig, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["opensc-tool", *arguments], env=rig.env, capture_output=True, text=True, timeout=30)


def atr(rig: Rig, reader: int = 0) -> str:
    return tool(rig, "--reader", str(reader), "--atr").stdout.strip().replace(":", "").upper()


def send(rig: Rig, command: str) -> str:
    return tool(rig, "--reader", "0", "--card-driver", "default", "--send-apdu", command).stdout


def listed(rig: Rig) -> list[str]:
    """``Yes`` or ``No`` card, per reader."""
    return [line.split()[1] for line in tool(rig, "--list-readers").stdout.splitlines() if line[:1].isdigit()]


def events(rig: Rig) -> list[str]:
    """What happened to the card besides commands."""
    lines = rig.log_file.read_text().splitlines()
    return [line.split(maxsplit=2)[2] for line in lines if line.startswith("#")]


def test_only_the_two_virtual_readers_are_there(own: Rig) -> None:
    lines = tool(own, "--list-readers").stdout.splitlines()
    assert [line.split(maxsplit=2)[2] for line in lines if line.startswith("1")] == ["Virtual PCD 00 01"]
    assert any(own.reader in line for line in lines)
    assert len(listed(own)) == 2


def test_the_drivers_of_the_machine_are_still_in_place(own: Rig) -> None:
    assert (DRIVERS / "serial" / "libifdvpcd.so").exists()


def test_pcscd_knows_when_remove_and_insert_return(own: Rig) -> None:
    for _ in range(3):
        own.remove()
        assert listed(own) == ["No", "No"]
        own.insert()
        assert listed(own) == ["Yes", "No"]


def test_pcscd_sees_the_other_card_when_insert_returns(own: Rig) -> None:
    for name in ("cps4", "cps3cl", "foreign", "cps3"):
        own.insert(name)
        assert atr(own) == ATR[name].hex().upper()


def test_a_card_upside_down_is_there_and_mute_until_it_is_turned_round(own: Rig) -> None:
    own.insert_upside_down()
    assert listed(own) == ["Yes", "No"]
    assert atr(own) == ""
    own.insert()
    assert atr(own) == ATR["cps3"].hex().upper()


def test_the_card_already_there_stays(own: Rig) -> None:
    started = time.perf_counter()
    own.insert("cps3")
    assert time.perf_counter() - started < 0.2


def test_another_application_resets_the_card(own: Rig) -> None:
    own.reset_card()
    assert "reset" in (own.directory / "apdu.log").read_text()


def test_another_application_takes_the_power_from_the_card(own: Rig) -> None:
    before = events(own).count("power off")
    own.unpower_card()
    deadline = time.monotonic() + 5
    while events(own).count("power off") == before and time.monotonic() < deadline:
        time.sleep(0.01)  # the driver does not wait for the card to confirm
    assert events(own).count("power off") == before + 1
    assert atr(own) == ATR["cps3"].hex().upper()


def test_another_application_asks_for_the_card_to_be_ejected_and_it_stays(own: Rig) -> None:
    own.eject_card()
    assert atr(own) == ATR["cps3"].hex().upper()


def test_another_application_connects_and_leaves_the_card_alone(own: Rig) -> None:
    atr(own)
    before = events(own)
    own.connect_as_another()
    assert events(own) == before


def test_while_another_application_holds_a_transaction_commands_wait(own: Rig) -> None:
    with own.held_by_another():
        waiting = subprocess.Popen(
            ["opensc-tool", "--reader", "0", "--card-driver", "default", "--send-apdu", "0084000008"],
            env=own.env,
            stdout=subprocess.PIPE,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.communicate(timeout=0.5)
        assert own.apdu_count() == 0
    assert b"SW1=0x90" in waiting.communicate(timeout=10)[0]


def test_what_another_application_has_for_itself_nobody_else_gets(own: Rig) -> None:
    with own.exclusive_to_another():
        assert "Received" not in send(own, "0084000008")
        with pytest.raises(RigError, match="8010000B"):
            own.connect_as_another()
    assert atr(own) == ATR["cps3"].hex().upper()


def test_another_application_does_not_get_for_itself_what_somebody_uses(own: Rig) -> None:
    with own.shared_with_another(), pytest.raises(RigError, match="8010000B"), own.exclusive_to_another():
        pass


def test_pcscd_is_frozen_and_goes_on(own: Rig) -> None:
    own.freeze_pcscd()
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(["opensc-tool", "--list-readers"], env=own.env, capture_output=True, timeout=1)
    finally:
        own.thaw_pcscd()
    assert atr(own) == ATR["cps3"].hex().upper()


def test_pcscd_is_stopped_and_ended_while_it_is_frozen(own: Rig) -> None:
    own.freeze_pcscd()
    own.stop_pcscd()
    own.start_pcscd()
    assert atr(own) == ATR["cps3"].hex().upper()


def eventually_contexts(rig: Rig, number: int) -> bool:
    deadline = time.monotonic() + 5
    while (seen := rig.pcscd_contexts()) != number and time.monotonic() < deadline:
        time.sleep(0.01)
    return seen == number


def test_contexts_are_counted(own: Rig) -> None:
    before = own.pcscd_contexts()
    program = "from smartcard.scard import *; a = [SCardEstablishContext(0) for _ in range(3)]; input()"
    other = subprocess.Popen([sys.executable, "-P", "-c", program], env=own.env, stdin=subprocess.PIPE)
    try:
        assert eventually_contexts(own, before + 3)
    finally:
        other.communicate(b"\n", timeout=10)
    assert eventually_contexts(own, before)


def test_the_second_slot_has_a_card_of_its_own(own: Rig) -> None:
    assert listed(own) == ["Yes", "No"]
    own.second.insert("foreign")
    assert listed(own) == ["Yes", "Yes"]
    assert atr(own, reader=1) == ATR["foreign"].hex().upper()
    assert atr(own) == ATR["cps3"].hex().upper()
    own.second.insert("cps4-other")
    own.second.clear_log()
    own.clear_log()
    assert "SW1=0x90" in send(own, "0084000008")
    assert (own.apdu_count() > 0, own.second.apdu_count()) == (True, 0)
    own.remove()
    assert listed(own) == ["No", "Yes"]
    own.second.remove()
    assert listed(own) == ["No", "No"]


def test_both_cards_come_back_with_the_reader_and_with_pcscd(own: Rig) -> None:
    own.second.insert("cps4")
    own.unplug()
    own.plug()
    assert listed(own) == ["Yes", "Yes"]
    own.stop_pcscd()
    own.start_pcscd()
    assert listed(own) == ["Yes", "Yes"]
    own.second.remove()


def test_a_second_card_of_one_generation_belongs_to_somebody_else(own: Rig) -> None:
    serials = {}
    for name in ("cps4", "cps4-other"):
        own.insert(name)
        assert atr(own) == ATR["cps4"].hex().upper()
        serials[name] = own.transmit("01A4040C088025000001FF0100", "01A4080002D003", "01B0000000")[-1]
    assert serials["cps4"] != serials["cps4-other"]


def test_a_helper_that_does_not_answer_is_ended() -> None:
    helper = Helper(sys.executable, "-c", "import time; time.sleep(606)", patience=0.5)
    with pytest.raises(RigError, match=r"no answer in 0\.5 s"):
        helper.ask("anything")
    helper.close()


def test_pcscd_stops_and_comes_back_with_the_card(own: Rig) -> None:
    own.stop_pcscd()
    assert listed(own) == []
    own.clear_faults()
    own.start_pcscd()
    assert atr(own) == ATR["cps3"].hex().upper()
    own.remove()
    own.stop_pcscd()
    own.start_pcscd()
    assert listed(own) == ["No", "No"]


def test_a_pulled_card_is_a_failed_transmission_then_it_can_be_inserted_again(own: Rig) -> None:
    own.fault("ins=84 do=remove")
    assert "Received" not in send(own, "0084000008")
    own.insert()
    assert "SW1=0x90" in send(own, "0084000008")


def test_a_mute_card_is_found_again(own: Rig) -> None:
    own.fault("ins=84 do=mute")
    assert "Received" not in send(own, "0084000008")
    own.clear_faults()
    assert "SW1=0x90" in send(own, "0084000008")


def test_the_log_counts_exchanges_and_bytes(own: Rig) -> None:
    send(own, "0084000008")
    last = own.log()[-1]
    assert last.command == bytes.fromhex("0084000008") and last.sw == 0x9000
    assert own.apdu_count() == len(own.log())
    own.clear_log()
    assert (own.apdu_count(), own.byte_count()) == (0, 0)


def test_codes_do_not_reach_the_log(own: Rig) -> None:
    send(own, "002000010431323334")
    assert own.log()[-1].command == bytes.fromhex("00200001042A2A2A2A")
    assert own.pin_tries == 3 and own.puk_tries == 10


def test_pcscd_knows_when_unplug_and_plug_return(own: Rig) -> None:
    for _ in range(3):
        own.unplug()
        assert listed(own) == []
        own.plug()
        assert listed(own) == ["Yes", "No"]
    own.remove()
    own.unplug()
    own.plug()
    assert listed(own) == ["No", "No"]


def test_latency_makes_the_card_slow(own: Rig) -> None:
    own.latency("apdu=50")
    send(own, "0084000008")
    own.latency("none")
    assert own.log()[-1].milliseconds >= 50


def test_a_request_that_makes_no_sense_is_told(own: Rig) -> None:
    with pytest.raises(RigError, match="a fault needs do="):
        own.fault("do=burn")


def test_two_rigs_do_not_see_each_other(own: Rig) -> None:
    with Rig("cps4", latency="apdu=1") as other:
        assert atr(other) == ATR["cps4"].hex().upper()
        assert atr(own) == ATR["cps3"].hex().upper()
        other.remove()
        assert listed(own) == ["Yes", "No"]


def processes_of(directory: Path) -> list[str]:
    """The command lines that name the folder of a rig."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_text(errors="replace")
        except OSError:
            continue  # it has just ended
        if str(directory) in line:
            found.append(line)
    return found


def test_nothing_is_left_behind() -> None:
    with Rig("cps4") as rig:
        directory = rig.directory
        assert len(processes_of(directory)) >= 3
    assert not directory.exists()
    assert processes_of(directory) == []


def test_nothing_is_left_behind_when_the_user_of_a_rig_is_killed() -> None:
    program = (
        "import time; from conformance.rig import Rig; r = Rig('cps4').__enter__(); print(r.directory, flush=True)"
    )
    victim = subprocess.Popen(
        [sys.executable, "-c", program + "; time.sleep(60)"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    directory = Path(victim.stdout.readline().strip())
    assert len(processes_of(directory)) >= 3
    os.kill(victim.pid, signal.SIGKILL)
    victim.communicate()
    deadline = time.monotonic() + 5
    while (processes_of(directory) or directory.exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(directory) == []
    assert not directory.exists()


def test_a_command_runs_in_the_private_world() -> None:
    command = [sys.executable, "-m", "conformance.rig", "--card", "cps4", "--", "opensc-tool", "--atr"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert done.stdout.strip().replace(":", "").upper() == ATR["cps4"].hex().upper()
