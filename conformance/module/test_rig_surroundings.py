"""The rig shows what a machine does to a program: others use the card, pcscd is frozen, a second card is beside.

Each test looks with PC/SC tools of Debian, not with the rig's own eyes.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance.testbed.helper import RigError
from conformance.testbed.pcsc_tools import atr, events, listed, send
from conformance.testbed.rig import Rig
from conformance.virtual_card.profiles import ATR

ROOT = Path(__file__).parents[2]


def test_another_application_takes_the_power_from_the_card(cps3_rig: Rig) -> None:
    before = events(cps3_rig).count("power off")
    cps3_rig.unpower_card()
    deadline = time.monotonic() + 5
    while events(cps3_rig).count("power off") == before and time.monotonic() < deadline:
        time.sleep(0.01)  # the driver does not wait for the card to confirm
    assert events(cps3_rig).count("power off") == before + 1
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()


def test_another_application_asks_for_the_card_to_be_ejected_and_it_stays(cps3_rig: Rig) -> None:
    cps3_rig.eject_card()
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()


def test_another_application_connects_and_leaves_the_card_alone(cps3_rig: Rig) -> None:
    atr(cps3_rig)
    before = events(cps3_rig)
    cps3_rig.connect_as_another()
    assert events(cps3_rig) == before


def test_a_card_comes_back_that_another_application_wanted_to_reset_while_it_was_pulled(cps3_rig: Rig) -> None:
    """pcscd looks every 400 ms. If the card is there again by then, pcscd says that the reader is empty."""
    for _ in range(3):
        with cps3_rig.shared_with_another_that_resets():
            cps3_rig.pull()
        cps3_rig.remove()
        cps3_rig.insert()
        assert atr(cps3_rig) == ATR["cps3"].hex().upper()


def test_while_another_application_holds_a_transaction_commands_wait(cps3_rig: Rig) -> None:
    with cps3_rig.held_by_another():
        waiting = subprocess.Popen(
            ["opensc-tool", "--reader", "0", "--card-driver", "default", "--send-apdu", "0084000008"],
            env=cps3_rig.env,
            stdout=subprocess.PIPE,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.communicate(timeout=0.5)
        assert cps3_rig.apdu_count() == 0
    assert b"SW1=0x90" in waiting.communicate(timeout=10)[0]


def test_what_another_application_has_for_itself_nobody_else_gets(cps3_rig: Rig) -> None:
    with cps3_rig.exclusive_to_another():
        assert "Received" not in send(cps3_rig, "0084000008")
        with pytest.raises(RigError, match="8010000B"):
            cps3_rig.connect_as_another()
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()


def test_another_application_does_not_get_for_itself_what_somebody_uses(cps3_rig: Rig) -> None:
    with (
        cps3_rig.shared_with_another(),
        pytest.raises(RigError, match="8010000B"),
        cps3_rig.exclusive_to_another(),
    ):
        pass


def test_pcscd_is_frozen_and_goes_on(cps3_rig: Rig) -> None:
    cps3_rig.freeze_pcscd()
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(["opensc-tool", "--list-readers"], env=cps3_rig.env, capture_output=True, timeout=1)
    finally:
        cps3_rig.thaw_pcscd()
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()


def test_pcscd_is_stopped_and_ended_while_it_is_frozen(cps3_rig: Rig) -> None:
    cps3_rig.freeze_pcscd()
    cps3_rig.stop_pcscd()
    cps3_rig.start_pcscd()
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()


def eventually_contexts(rig: Rig, number: int) -> bool:
    deadline = time.monotonic() + 5
    while (seen := rig.pcscd_contexts()) != number and time.monotonic() < deadline:
        time.sleep(0.01)
    return seen == number


def test_contexts_are_counted(cps3_rig: Rig) -> None:
    before = cps3_rig.pcscd_contexts()
    program = "from smartcard.scard import *; a = [SCardEstablishContext(0) for _ in range(3)]; input()"
    other = subprocess.Popen([sys.executable, "-P", "-c", program], env=cps3_rig.env, stdin=subprocess.PIPE)
    try:
        assert eventually_contexts(cps3_rig, before + 3)
    finally:
        other.communicate(b"\n", timeout=10)
    assert eventually_contexts(cps3_rig, before)


def test_threads_may_ask_the_rig_together(cps3_rig: Rig) -> None:
    before = cps3_rig.pcscd_contexts()
    with ThreadPoolExecutor(2) as pool:
        restarts = [pool.submit(cps3_rig.restart_pcscd) for _ in range(3)]
        seen = [cps3_rig.pcscd_contexts() for _ in range(200)]
        for restart in restarts:
            restart.result(30)
    assert set(seen) == {before}
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()


def test_the_second_slot_has_a_card_of_its_own(cps3_rig: Rig) -> None:
    assert listed(cps3_rig) == ["Yes", "No"]
    cps3_rig.second.insert("foreign")
    assert listed(cps3_rig) == ["Yes", "Yes"]
    assert atr(cps3_rig, reader=1) == ATR["foreign"].hex().upper()
    assert atr(cps3_rig) == ATR["cps3"].hex().upper()
    cps3_rig.second.insert("cps4-other")
    cps3_rig.second.clear_log()
    cps3_rig.clear_log()
    assert "SW1=0x90" in send(cps3_rig, "0084000008")
    assert (cps3_rig.apdu_count() > 0, cps3_rig.second.apdu_count()) == (True, 0)
    cps3_rig.remove()
    assert listed(cps3_rig) == ["No", "Yes"]
    cps3_rig.second.remove()
    assert listed(cps3_rig) == ["No", "No"]


def test_a_command_runs_with_a_card_in_either_slot() -> None:
    rig = [sys.executable, "-m", "conformance.rig", "--card", "cps4", "--second", "foreign", "--"]
    done = subprocess.run(
        [*rig, "opensc-tool", "--reader", "1", "--atr"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip().replace(":", "").upper() == ATR["foreign"].hex().upper()


def test_both_cards_come_back_with_the_reader_and_with_pcscd(cps3_rig: Rig) -> None:
    cps3_rig.second.insert("cps4")
    cps3_rig.unplug()
    cps3_rig.plug()
    assert listed(cps3_rig) == ["Yes", "Yes"]
    cps3_rig.stop_pcscd()
    cps3_rig.start_pcscd()
    assert listed(cps3_rig) == ["Yes", "Yes"]
    cps3_rig.second.remove()


def test_a_second_card_of_one_generation_belongs_to_somebody_else(cps3_rig: Rig) -> None:
    serials = {}
    for name in ("cps4", "cps4-other"):
        cps3_rig.insert(name)
        assert atr(cps3_rig) == ATR["cps4"].hex().upper()
        serials[name] = cps3_rig.transmit("01A4040C088025000001FF0100", "01A4080002D003", "01B0000000")[-1]
    assert serials["cps4"] != serials["cps4-other"]
