"""The rig shows what a machine does to a program: others use the card, pcscd is frozen, a second card is beside.

Each test looks with PC/SC tools of Debian, not with the rig's own eyes.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance.testbed.helper import RigError
from conformance.testbed.pcsc_tools import atr, events, listed, send
from conformance.testbed.rig import Rig
from conformance.virtual_card.profiles import ATR

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


def test_threads_may_ask_the_rig_together(own: Rig) -> None:
    before = own.pcscd_contexts()
    with ThreadPoolExecutor(2) as pool:
        restarts = [pool.submit(own.restart_pcscd) for _ in range(3)]
        seen = [own.pcscd_contexts() for _ in range(200)]
        for restart in restarts:
            restart.result(30)
    assert set(seen) == {before}
    assert atr(own) == ATR["cps3"].hex().upper()


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


def test_a_command_runs_with_a_card_in_either_slot() -> None:
    rig = [sys.executable, "-m", "conformance.rig", "--card", "cps4", "--second", "foreign", "--"]
    done = subprocess.run(
        [*rig, "opensc-tool", "--reader", "1", "--atr"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip().replace(":", "").upper() == ATR["foreign"].hex().upper()


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
