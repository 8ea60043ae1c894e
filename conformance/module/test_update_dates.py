"""EF_ACTUA, in which a contact CPS3 dates the last update of its files (card specification, chapter 6)."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.application_start import Start
from conformance.testbed.cards import Card
from conformance.testbed.client import Module, Refused
from conformance.testbed.cryptoki import CKF
from conformance.testbed.rig import Rig

# Other cards do not date their updates.
pytestmark = pytest.mark.cards("cps3")

EF_ACTUA = "3F00/D010"
DAMAGED_DATES = 0x80000001


def dates(last_day: int) -> bytes:
    """An update that ended on that day of January 2026."""
    return bytes.fromhex(f"EC 12 8107 20260101000000 8207 202601{last_day:02}000000")


@pytest.fixture
def start(loaded: Module, card: Card, rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    folder = tmp_path / "copies"
    monkeypatch.setenv("CPS3_CACHE", str(folder))
    rig.put_file(EF_ACTUA, dates(1))
    yield Start(loaded, rig, folder)
    rig.remove_file(EF_ACTUA)


def test_the_same_dates_keep_the_copies(start: Start, rig: Rig) -> None:
    rig.put_file(EF_ACTUA, dates(2))
    cold, warm = start(), start()
    assert warm < cold / 3


def test_other_dates_make_them_worthless(start: Start, rig: Rig) -> None:
    rig.put_file(EF_ACTUA, dates(2))
    cold, warm = start(), start()
    rig.put_file(EF_ACTUA, dates(3))
    assert start() == cold
    assert start() == warm


def test_no_dates_any_more_say_nothing_against_them(start: Start, rig: Rig) -> None:
    rig.put_file(EF_ACTUA, dates(2))
    cold = start()
    rig.remove_file(EF_ACTUA)
    assert start() < cold / 3
    rig.put_file(EF_ACTUA, dates(2))


@pytest.mark.parametrize("content", ["EC00", "FF" * 20, "EC12 8107 FFFFFFFFFFFFFF 8207 FFFFFFFFFFFFFF", "00" * 20])
def test_unreadable_dates_refuse_a_session_and_nothing_else(start: Start, rig: Rig, card: Card, content: str) -> None:
    rig.put_file(EF_ACTUA, bytes.fromhex(content))
    start.module.ok("C_Initialize", None)
    try:
        (slot,) = start.module.slots()
        assert bytes(start.module.token_info(slot).label).startswith(card.generation.encode())
        session = ctypes.c_ulong()
        for _attempt in range(2):
            answer = start.module.C_OpenSession(slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(session))
            assert answer == DAMAGED_DATES
    finally:
        start.module.C_Finalize(None)


def test_repaired_dates_let_sessions_be_opened_again(start: Start, rig: Rig) -> None:
    rig.put_file(EF_ACTUA, bytes(20))
    with pytest.raises(Refused):
        start()
    rig.put_file(EF_ACTUA, dates(2))
    assert start() > 0
