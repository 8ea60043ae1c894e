"""A host for each test."""

from collections.abc import Iterator

import pytest

from tests.abi.host import Host, initialised
from tests.support import CARDS


@pytest.fixture(params=CARDS)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A host with one card, in a session with the holder logged in."""
    with initialised(request.param) as running:
        running.log_in()
        yield running
