"""CPS_DATA, the one object that the holder can write, and what is left of it when the card loses power meanwhile."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.client import Module, module_path, template
from conformance.cryptoki import CKA, CKO, CKR
from conformance.rig import Rig
from conformance.suites.cards import PIN, Card

UPDATE = "ins=D6"
SIZE = 256


@pytest.fixture
def writer(p11: Module, slot: int, rig: Rig, card: Card) -> Iterator[int]:
    """A read/write session of the holder; the value is put back."""
    session = p11.open(slot, rw=True)
    assert p11.login(session, PIN) == CKR.OK
    issued = value(p11, session)
    yield session
    rig.clear_faults()
    put_back = p11.open(p11.slots()[0], rw=True)
    p11.login(put_back, PIN)
    assert write(p11, put_back, issued) == CKR.OK


def cps_data(p11: Module, session: int) -> int:
    return p11.one(session, (CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_DATA"))


def value(p11: Module, session: int) -> bytes:
    return p11.attribute(session, cps_data(p11, session), CKA.VALUE)


def write(p11: Module, session: int, content: bytes) -> int:
    return int(p11.C_SetAttributeValue(session, cps_data(p11, session), template([(CKA.VALUE, content)]), 1))


def inverted(content: bytes) -> bytes:
    """Every byte another one."""
    return bytes(byte ^ 0xFF for byte in content)


def test_a_value_is_written_and_padded_with_zeros(p11: Module, writer: int) -> None:
    assert write(p11, writer, b"rendez-vous") == CKR.OK
    assert value(p11, writer) == b"rendez-vous".ljust(SIZE, b"\0")
    assert write(p11, writer, b"") == CKR.OK
    assert value(p11, writer) == bytes(SIZE)


def test_a_change_that_fits_in_one_command_is_sent_in_one(p11: Module, writer: int, rig: Rig) -> None:
    before = value(p11, writer)
    rig.clear_log()
    assert write(p11, writer, before[:1] + inverted(before[1:])) == CKR.OK
    assert len([exchange for exchange in rig.log() if exchange.command[1] == 0xD6]) == 1


@pytest.mark.parametrize("done", [0, 1], ids=["before the first command", "between the two commands"])
def test_power_lost_while_writing_leaves_the_old_value_or_an_error_but_no_mixture(
    p11: Module, writer: int, rig: Rig, card: Card, done: int
) -> None:
    before = value(p11, writer)
    rig.fault(f"{UPDATE} after={done} do=remove")
    assert write(p11, writer, inverted(before)) == CKR.DEVICE_REMOVED
    rig.clear_faults()
    rig.insert()
    again = p11.open(p11.slots()[0], rw=True)
    if done == 0:
        assert value(p11, again) == before
    else:
        asked = template([(CKA.VALUE, bytes(SIZE))])
        assert p11.C_GetAttributeValue(again, cps_data(p11, again), asked, 1) == CKR.DEVICE_ERROR
    assert p11.login(again, PIN) == CKR.OK
    assert write(p11, again, inverted(before)) == CKR.OK
    assert value(p11, again) == inverted(before)


def test_another_process_gets_no_mixture_either(
    p11: Module, slot: int, rig: Rig, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was cut is remembered where the copies of the card's files are."""
    p11.ok("C_Finalize", None)
    monkeypatch.setenv("CPS3_CACHE", str(tmp_path / "copies"))
    p11.ok("C_Initialize", None)
    session = p11.open(slot, rw=True)
    assert p11.login(session, PIN) == CKR.OK
    before = value(p11, session)
    rig.fault(f"{UPDATE} after=1 do=remove")
    assert write(p11, session, inverted(before)) == CKR.DEVICE_REMOVED
    rig.clear_faults()
    rig.insert()
    command = ["pkcs11-tool", "--module", module_path(), "--read-object", "--type", "data", "--label", "CPS_DATA"]
    other = subprocess.run(
        command, env={**rig.env, "CPS3_CACHE": str(tmp_path / "copies")}, capture_output=True, timeout=60
    )
    assert other.returncode != 0
    assert b"CKR_DEVICE_ERROR" in other.stderr
    again = p11.open(p11.slots()[0], rw=True)
    assert p11.login(again, PIN) == CKR.OK
    assert write(p11, again, before) == CKR.OK
    assert value(p11, again) == before


def test_power_lost_in_the_only_command_leaves_the_old_value(p11: Module, writer: int, rig: Rig, card: Card) -> None:
    before = value(p11, writer)
    rig.fault(f"{UPDATE} do=remove")
    assert write(p11, writer, before[:1] + inverted(before[1:])) == CKR.DEVICE_REMOVED
    rig.clear_faults()
    rig.insert()
    assert value(p11, p11.open(p11.slots()[0])) == before


def test_power_lost_after_the_only_command_leaves_the_new_value(p11: Module, writer: int, rig: Rig, card: Card) -> None:
    before = value(p11, writer)
    wanted = before[:1] + inverted(before[1:])
    rig.fault(f"{UPDATE} do=remove execute=yes")
    assert write(p11, writer, wanted) == CKR.DEVICE_REMOVED
    rig.clear_faults()
    rig.insert()
    assert value(p11, p11.open(p11.slots()[0])) == wanted


def test_who_may_not_write_is_told(p11: Module, writer: int, slot: int) -> None:
    content = value(p11, writer)
    reader = p11.open(slot)
    assert write(p11, reader, content) == CKR.SESSION_READ_ONLY
    assert write(p11, writer, bytes(SIZE + 1)) == CKR.DATA_LEN_RANGE
    p11.ok("C_Logout", writer)
    assert write(p11, writer, content) == CKR.USER_NOT_LOGGED_IN
    assert p11.login(writer, PIN) == CKR.OK
