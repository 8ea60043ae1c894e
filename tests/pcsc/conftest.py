"""Every test of this room has a service of its own."""

import pytest

from tests.pcsc.service import Reader, Service


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    running = Service({"Reader A": Reader(present=True, events=1), "Reader B": Reader()})
    running.install(monkeypatch)
    return running
