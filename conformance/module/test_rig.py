"""The rig keeps its promises: pcscd has seen what a call did when it returns, and nothing is left behind.

Each test looks with PC/SC tools of Debian, not with the rig's own eyes.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.testbed.helper import Helper, RigError
from conformance.testbed.pcsc_tools import atr, listed, send, tool
from conformance.testbed.private_pcscd import DRIVERS
from conformance.testbed.rig import Rig
from conformance.virtual_card.profiles import ATR

ROOT = Path(__file__).parents[2]


def test_only_the_two_virtual_readers_are_there(cps3_rig: Rig) -> None:
    lines = tool(cps3_rig, "--list-readers").stdout.splitlines()
    assert [line.split(maxsplit=2)[2] for line in lines if line.startswith("1")] == ["Virtual PCD 00 01"]
    assert any(cps3_rig.reader in line for line in lines)
    assert len(listed(cps3_rig)) == 2


def test_the_drivers_of_the_machine_are_still_in_place(cps3_rig: Rig) -> None:
    assert (DRIVERS / "serial" / "libifdvpcd.so").exists()


def test_pcscd_knows_when_remove_and_insert_return(cps3_rig: Rig) -> None:
    for _ in range(3):
        cps3_rig.remove()
        assert listed(cps3_rig) == ["No", "No"]
        cps3_rig.insert()
        assert listed(cps3_rig) == ["Yes", "No"]


def test_pcscd_sees_the_other_card_when_insert_returns(cps3_rig: Rig) -> None:
    for name in ("cps4", "cps3cl", "foreign", "cps3"):
        cps3_rig.insert(name)
        assert atr(cps3_rig) == ATR[name].hex().upper()


def test_a_card_upside_down_is_there_and_mute_until_it_is_turned_round(cps3_rig: Rig) -> None:
    cps3_rig.insert_upside_down()
    assert listed(cps3_rig) == ["Yes", "No"]
    assert atr(cps3_rig) == ""
    cps3_rig.insert()
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()


def test_the_card_already_there_stays(cps3_rig: Rig) -> None:
    started = time.perf_counter()
    cps3_rig.insert("cps3")
    assert time.perf_counter() - started < 0.2


def test_another_application_resets_the_card(cps3_rig: Rig) -> None:
    cps3_rig.reset_card()
    assert "reset" in (cps3_rig.directory / "apdu.log").read_text()


def test_a_helper_that_does_not_answer_is_ended() -> None:
    helper = Helper(sys.executable, "-c", "import time; time.sleep(606)", timeout=0.5)
    with pytest.raises(RigError, match=r"no answer in 0\.5 s"):
        helper.ask("anything")
    helper.close()


def test_pcscd_stops_and_comes_back_with_the_card(cps3_rig: Rig) -> None:
    cps3_rig.stop_pcscd()
    assert listed(cps3_rig) == []
    cps3_rig.clear_faults()
    cps3_rig.start_pcscd()
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()
    cps3_rig.remove()
    cps3_rig.stop_pcscd()
    cps3_rig.start_pcscd()
    assert listed(cps3_rig) == ["No", "No"]


def test_a_pulled_card_is_a_failed_transmission_then_it_can_be_inserted_again(cps3_rig: Rig) -> None:
    cps3_rig.fault("ins=84 do=remove")
    assert "Received" not in send(cps3_rig, "0084000008")
    cps3_rig.insert()
    assert "SW1=0x90" in send(cps3_rig, "0084000008")


def test_a_mute_card_is_found_again(cps3_rig: Rig) -> None:
    cps3_rig.fault("ins=84 do=mute")
    assert "Received" not in send(cps3_rig, "0084000008")
    cps3_rig.clear_faults()
    assert "SW1=0x90" in send(cps3_rig, "0084000008")


READ_A_FILE = ("00A4090C043F00D003", "00B0000008")
REFUSAL = "00A4090C043F004242"


@pytest.mark.parametrize(
    ("action", "command", "right", "wrong"),
    [
        ("do=half", READ_A_FILE[1], 10, lambda answer: answer[:5]),
        ("do=lengthen length=1", READ_A_FILE[1], 10, lambda answer: answer[:8] + b"\0" + answer[8:]),
        ("do=lengthen length=300", READ_A_FILE[1], 10, lambda answer: answer[:8] + bytes(300) + answer[8:]),
        ("do=lengthen length=1", REFUSAL, 2, lambda answer: b"\0" + answer),
        ("do=flip bit=0", READ_A_FILE[1], 10, lambda answer: bytes((answer[0] ^ 0x80,)) + answer[1:]),
        ("do=flip bit=95", READ_A_FILE[1], 10, lambda answer: answer[:1] + bytes((answer[1] ^ 1,)) + answer[2:]),
        ("do=endless", READ_A_FILE[1], 10, lambda answer: bytes(range(256)) + b"\x61\xff"),
        ("do=hang seconds=0", READ_A_FILE[1], 10, lambda answer: answer),
    ],
)
def test_one_answer_is_damaged_as_asked(
    cps3_rig: Rig, action: str, command: str, right: int, wrong: Callable[[bytes], bytes]
) -> None:
    answer = cps3_rig.transmit(READ_A_FILE[0], command)[-1]
    assert len(answer) == right
    cps3_rig.fault(f"{action} after=1")
    assert cps3_rig.transmit(READ_A_FILE[0], command, command)[1] == wrong(answer)
    assert cps3_rig.transmit(READ_A_FILE[0], command)[-1] == answer


@pytest.mark.parametrize(("command", "kept"), [(READ_A_FILE[1], 2), (REFUSAL, 0)], ids=["data", "status word"])
def test_garbage_is_as_long_as_the_answer_and_the_same_each_time(cps3_rig: Rig, command: str, kept: int) -> None:
    cps3_rig.fault("do=garble after=2 times=2")
    _, answer, first, second = cps3_rig.transmit(READ_A_FILE[0], command, command, command)
    assert first == second != answer
    assert len(first) == len(answer)
    assert first[len(first) - kept :] == answer[len(answer) - kept :]


def test_a_card_that_hangs_answers_late(cps3_rig: Rig) -> None:
    cps3_rig.fault("do=hang seconds=0.2")
    started = time.monotonic()
    assert cps3_rig.transmit(REFUSAL) == [b"\x6a\x82"]
    assert time.monotonic() - started > 0.2


def test_a_fault_is_logged_before_it_happens(cps3_rig: Rig) -> None:
    cps3_rig.fault("do=hang seconds=0.2 after=1")
    cps3_rig.transmit(REFUSAL)
    assert not cps3_rig.faulted()
    cps3_rig.transmit(REFUSAL)
    assert cps3_rig.faulted()


@pytest.mark.parametrize("how", ["reset", "unpower"])
def test_another_program_gets_at_the_card_as_soon_as_it_may(cps3_rig: Rig, how: str) -> None:
    cps3_rig.start_disconnect(how)
    cps3_rig.finish_disconnect()
    # The card does not answer a loss of power; it has had it once it answers what comes next.
    assert cps3_rig.transmit(REFUSAL) == [b"\x6a\x82"]
    assert {"reset": "reset", "unpower": "power off"}[how] in cps3_rig.events()


def test_the_log_counts_exchanges_and_bytes(cps3_rig: Rig) -> None:
    send(cps3_rig, "0084000008")
    last = cps3_rig.log()[-1]
    assert last.command == bytes.fromhex("0084000008") and last.sw == 0x9000
    assert cps3_rig.apdu_count() == len(cps3_rig.log())
    cps3_rig.clear_log()
    assert (cps3_rig.apdu_count(), cps3_rig.byte_count()) == (0, 0)


def test_codes_do_not_reach_the_log(cps3_rig: Rig) -> None:
    send(cps3_rig, "002000010431323334")
    assert cps3_rig.log()[-1].command == bytes.fromhex("00200001042A2A2A2A")
    assert cps3_rig.pin_tries == 3 and cps3_rig.puk_tries == 10


def test_pcscd_knows_when_unplug_and_plug_return(cps3_rig: Rig) -> None:
    for _ in range(3):
        cps3_rig.unplug()
        assert listed(cps3_rig) == []
        cps3_rig.plug()
        assert listed(cps3_rig) == ["Yes", "No"]
    cps3_rig.remove()
    cps3_rig.unplug()
    cps3_rig.plug()
    assert listed(cps3_rig) == ["No", "No"]


def test_latency_makes_the_card_slow(cps3_rig: Rig) -> None:
    cps3_rig.latency("apdu=50")
    send(cps3_rig, "0084000008")
    cps3_rig.latency("none")
    assert cps3_rig.log()[-1].milliseconds >= 50


def test_a_request_that_makes_no_sense_is_refused(cps3_rig: Rig) -> None:
    with pytest.raises(RigError, match="a fault needs do="):
        cps3_rig.fault("do=burn")


def test_two_rigs_do_not_see_each_other(cps3_rig: Rig) -> None:
    with Rig("cps4", latency="apdu=1") as other:
        assert atr(other) == ATR["cps4"].hex().upper()
        assert atr(cps3_rig) == ATR["cps3"].hex().upper()
        other.remove()
        assert listed(cps3_rig) == ["Yes", "No"]


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
        "import time; from conformance.testbed.rig import Rig; "
        "r = Rig('cps4').__enter__(); print(r.directory, flush=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program + "; time.sleep(60)"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    directory = Path(process.stdout.readline().strip())
    assert len(processes_of(directory)) >= 3
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 5
    while (processes_of(directory) or directory.exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(directory) == []
    assert not directory.exists()


def test_a_command_runs_in_the_private_environment() -> None:
    command = [sys.executable, "-m", "conformance.rig", "--card", "cps4", "--", "opensc-tool", "--atr"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert done.stdout.strip().replace(":", "").upper() == ATR["cps4"].hex().upper()


@pytest.mark.parametrize(("holder", "identifier"), [("doctor", "899900000037"), ("cpe-service", "3990000039/SERV.001")])
def test_the_card_of_another_holder_is_in_the_reader(holder: str, identifier: str) -> None:
    """Its CPS_INFO_PS, read by another program."""
    rig = [sys.executable, "-m", "conformance.rig", "--card", "cps3", "--holder", holder, "--"]
    reading = ["opensc-tool", "--card-driver", "default", "-s", "00A4090C063F000001D104", "-s", "00B0000020"]
    done = subprocess.run([*rig, *reading], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    dumped = done.stdout.rpartition("SW2=0x00):")[2]
    assert identifier.encode() in bytes.fromhex("".join(line[:48] for line in dumped.splitlines()))
