"""Cards are removed and inserted here within 3 ms: every call looks anew, unless a test says otherwise."""

from __future__ import annotations

import pytest

from cryptolib.token.token import Token
from tests.support import CARDS, VirtualConnection, opened


@pytest.fixture(autouse=True)
def no_look_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cryptolib.token.fresh.SECONDS", 0.0)


@pytest.fixture(params=CARDS)
def pair(request: pytest.FixtureRequest) -> tuple[VirtualConnection, Token]:
    """A card in a reader and its token."""
    return opened(request.param)
