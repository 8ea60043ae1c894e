"""What two looks at the readers tell: which cards and readers came and went."""

import pytest

from cryptolib.cli.cards import Presence
from cryptolib.cli.watch import State, changes

EMPTY = State(Presence.EMPTY)
BUSY = State(Presence.BUSY)
ONE = State(Presence.CPS, "CPS4", "1")
TWO = State(Presence.CPS, "CPS4", "2")


@pytest.mark.parametrize(
    ("before", "after", "told"),
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
    ],
)
def test_changes(before: dict[str, State], after: dict[str, State], told: list[tuple[str, State]]) -> None:
    assert [(change.event, change.state) for change in changes(before, after)] == told
