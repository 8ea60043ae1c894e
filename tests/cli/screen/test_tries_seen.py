"""The tries of the code porteur, as looks at the readers show them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cryptolib.cli.cards import ReaderState, Tries
from cryptolib.cli.context import Context
from cryptolib.cli.output import Output
from cryptolib.cli.screen.menu import MenuMessages
from cryptolib.cli.screen.tries_seen import TriesSeen, warning
from cryptolib.cli.watch import Snapshot
from tests.cli.screen.support import EMPTY

NEW = Snapshot(ReaderState.CPS, "CPS4", "1", Tries.ENOUGH, Tries.ENOUGH)
LOW, LOCKED = replace(NEW, code=Tries.LOW), replace(NEW, code=Tries.LOCKED)
BUSY = Snapshot(ReaderState.BUSY)


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ([NEW], []),
        ([LOCKED], []),
        ([NEW, NEW], []),
        ([NEW, LOW, LOCKED], [LOW, LOCKED]),
        ([NEW, BUSY, LOCKED], [LOCKED]),
        ([LOCKED, NEW], [NEW]),
        ([NEW, replace(LOCKED, serial="2")], []),
        ([NEW, EMPTY, NEW], []),
    ],
)
def test_each_change_is_reported_once(looks: list[Snapshot], told: list[Snapshot]) -> None:
    seen = TriesSeen()
    assert [now for look in looks for _, now in seen.changed({"R": look})] == told


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (NEW, ""),
        (BUSY, ""),
        (LOW, "▲ Code porteur : un essai de moins"),
        (replace(NEW, code=Tries.LAST), "▲ Code porteur : dernier essai"),
        (LOCKED, "✖ Code porteur bloqué"),
        (replace(LOCKED, unblocking=Tries.LOCKED), "✖ Carte inutilisable : ses deux codes sont bloqués"),
        (Snapshot(ReaderState.CPS, "CPS3", "1"), ""),
    ],
)
def test_missing_tries_give_a_warning(now: Snapshot, text: str) -> None:
    messages = MenuMessages("fr")
    assert warning(Context(messages, Output(messages), json=False), now) == text
