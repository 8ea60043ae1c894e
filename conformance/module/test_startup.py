"""What a C program pays for the module before it uses a card: instructions, commands, Python modules.

The host has no Python of its own, so everything that is imported there came with the module.
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.benchmarks import cold_start, instructions
from conformance.benchmarks.budgets import COMMAND_START_RATIO, START_LOOK_UPS, START_MARGIN, START_RATIOS
from conformance.benchmarks.instructions import Counted
from conformance.testbed.c_host import WORD, Host
from conformance.testbed.cards import Card
from conformance.testbed.client import module_path
from conformance.testbed.cps_command import COMMAND
from conformance.testbed.cryptoki import CKR, SlotInfo
from conformance.testbed.rig import Rig

NOT_NEEDED_TO_START = {
    "argparse", "asyncio", "collections", "contextlib", "cryptography.hazmat", "cryptolib.cli",
    "cryptolib.pkcs15.cache", "dataclasses", "enum", "hashlib", "importlib", "json", "logging", "os", "pathlib",
    "pkcs11", "re", "rich", "smartcard.System", "ssl", "stat", "threading", "typing",
}  # fmt: skip


DRIVERS = {"cryptolib.cards.cps3", "cryptolib.cards.cps3cl", "cryptolib.cards.cps4"}


def start(host: Host) -> int:
    """C_Initialize, C_GetSlotList and C_GetSlotInfo as every application begins; the slot of the reader."""
    assert host.call("C_Initialize", 0) == CKR.OK
    slots, count = host.alloc(8 * WORD), host.holding((8).to_bytes(WORD, "little"))
    assert host.call("C_GetSlotList", 1, slots, count) == CKR.OK
    assert host.word(count) == 1
    slot = host.word(slots)
    assert host.call("C_GetSlotInfo", slot, host.alloc(ctypes.sizeof(SlotInfo))) == CKR.OK
    return slot


def imported(host: Host, into: Path) -> set[str]:
    host.python(f"import sys; open({str(into)!r}, 'w').write(' '.join(sys.modules))")
    return set(into.read_text().split())


def test_starting_sends_the_card_nothing(program: Path, rig: Rig, card: Card) -> None:
    with Host(program, rig.env) as host:
        host.load(module_path())
        start(host)
        assert rig.apdu_count() == 0
        assert host.call("C_Finalize", 0) == CKR.OK
    assert rig.apdu_count() == 0


@pytest.fixture(scope="module")
def bare_start(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Instructions that a start of Python alone takes here."""
    return instructions.of_bare_python(tmp_path_factory.mktemp("bare"), rig.env)


@pytest.fixture(scope="module")
def counted(rig: Rig, inserted: Card) -> dict[str, Counted]:
    """The counted cost of each stage of a start: the same on a slow or busy machine."""
    with cold_start.compiled() as program:
        deepest = len(cold_start.STAGES) - 1
        subprocess.run([program, module_path(), str(deepest)], env=rig.env, check=True)  # leaves copies on disk
        return {
            stage: instructions.count([program, module_path(), str(cold_start.STAGES.index(stage))], rig.env)
            for stage in START_RATIOS
        }


@pytest.mark.timing
def test_a_start_takes_no_more_instructions_than_its_budget(bare_start: int, counted: dict[str, Counted]) -> None:
    ratios = {stage: of_stage.instructions / bare_start for stage, of_stage in counted.items()}
    assert {stage: ratio for stage, ratio in ratios.items() if ratio > START_RATIOS[stage] * (1 + START_MARGIN)} == {}


@pytest.mark.timing
def test_a_start_looks_for_no_more_files_than_its_budget(counted: dict[str, Counted]) -> None:
    assert {
        stage: counted[stage].look_ups for stage, limit in START_LOOK_UPS.items() if counted[stage].look_ups > limit
    } == {}


@pytest.mark.timing
def test_starting_imports_no_more_than_it_needs(program: Path, rig: Rig, card: Card, tmp_path: Path) -> None:
    with Host(program, rig.env) as host:
        host.load(module_path())
        start(host)
        found = imported(host, tmp_path / "modules")
    assert "cryptolib.abi" in found
    assert found & NOT_NEEDED_TO_START == set()


@pytest.mark.timing
def test_a_token_needs_the_driver_of_its_card_alone(program: Path, rig: Rig, card: Card, tmp_path: Path) -> None:
    with Host(program, rig.env) as host:
        host.load(module_path())
        assert host.call("C_GetTokenInfo", start(host), host.alloc(512)) == CKR.OK
        assert imported(host, tmp_path / "modules") & DRIVERS == {f"cryptolib.cards.{card.name}"}


@pytest.mark.timing
def test_another_card_after_the_first_session_has_nothing_imported(
    program: Path, rig: Rig, card: Card, tmp_path: Path
) -> None:
    with Host(program, rig.env) as host:
        host.load(module_path())
        slot = start(host)
        assert host.call("C_OpenSession", slot, 4, 0, 0, host.alloc(WORD)) == CKR.OK
        before = imported(host, tmp_path / "modules")
        (other,) = {"cps3", "cps4"} - {card.name}
        rig.remove()
        rig.insert(other)
        assert host.call("C_GetTokenInfo", slot, host.alloc(512)) == CKR.OK
        assert imported(host, tmp_path / "modules") == before


def test_a_host_ends_cleanly_without_finalising(program: Path, rig: Rig, card: Card) -> None:
    host = Host(program, rig.env)
    host.load(module_path())
    slot = start(host)
    session = host.alloc(WORD)
    assert host.call("C_OpenSession", slot, 4, 0, 0, session) == CKR.OK
    assert host.call("C_FindObjectsInit", host.word(session), 0, 0) == CKR.OK
    assert host.close() == 0


def test_the_module_can_be_finalised_and_started_again(program: Path, rig: Rig, card: Card) -> None:
    with Host(program, rig.env) as host:
        host.load(module_path())
        for _ in range(20):
            slot = start(host)
            assert host.call("C_GetTokenInfo", slot, host.alloc(512)) == CKR.OK
            assert host.call("C_Finalize", 0) == CKR.OK
            assert host.call("C_Finalize", 0) == CKR.CRYPTOKI_NOT_INITIALIZED


def test_no_pcscd_at_all_is_no_reason_to_fail(program: Path, rig: Rig, card: Card, tmp_path: Path) -> None:
    env = {**rig.env, "PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody.listens")}
    with Host(program, env) as host:
        host.load(module_path())
        assert host.call("C_Initialize", 0) == CKR.OK
        count = host.alloc(WORD)
        assert host.call("C_GetSlotList", 0, 0, count) == CKR.OK
        assert host.word(count) == 0


@pytest.mark.timing
def test_the_command_starts_within_its_budget() -> None:
    """So it takes less than 150 ms, of which a busy machine says nothing."""
    bare = instructions.count([sys.executable, "-c", ""], os.environ).instructions
    version = instructions.count([sys.executable, COMMAND, "--version"], os.environ).instructions
    assert version / bare < COMMAND_START_RATIO * (1 + START_MARGIN)
