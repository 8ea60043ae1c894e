"""The changes between two looks at the readers."""

import pytest

from cryptolib.cli.cards import ReaderState, Tries
from cryptolib.cli.watch import Snapshot, changes

EMPTY = Snapshot(ReaderState.EMPTY)
BUSY = Snapshot(ReaderState.BUSY)
ONE = Snapshot(ReaderState.CPS, "CPS4", "1")
BLOCKED = Snapshot(ReaderState.CPS, "CPS4", "1", Tries.LOCKED)
TWO = Snapshot(ReaderState.CPS, "CPS4", "2")


@pytest.mark.parametrize(
    ("before", "after", "reported"),
    [
        ({"R": EMPTY}, {"R": EMPTY}, []),
        ({"R": EMPTY}, {"R": ONE}, [("insertion", ONE)]),
        ({"R": ONE}, {"R": EMPTY}, [("removal", ONE)]),
        ({"R": ONE}, {"R": TWO}, [("removal", ONE), ("insertion", TWO)]),
        ({}, {"R": EMPTY}, [("plugged", EMPTY)]),
        ({}, {"R": ONE}, [("plugged", ONE), ("insertion", ONE)]),
        ({"R": ONE}, {}, [("removal", ONE), ("unplugged", ONE)]),
        ({"R": ONE}, {"R": BUSY}, []),
        ({"R": BUSY}, {"R": ONE}, []),
        ({"R": BUSY}, {"R": EMPTY}, [("removal", BUSY)]),
        ({"R": ONE}, {"R": BLOCKED}, []),
    ],
)
def test_each_change_has_its_event(
    before: dict[str, Snapshot], after: dict[str, Snapshot], reported: list[tuple[str, Snapshot]]
) -> None:
    assert [(change.event, change.snapshot) for change in changes(before, after)] == reported
