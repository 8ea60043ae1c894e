"""Cards come and go here faster than any hand: every call looks anew, unless a test says otherwise."""

import pytest


@pytest.fixture(autouse=True)
def no_look_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cryptolib.token.fresh.SECONDS", 0.0)
