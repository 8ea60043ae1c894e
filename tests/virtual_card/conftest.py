"""Cards on the table."""

import pytest

from tests.virtual_card.terminal import Terminal


@pytest.fixture
def cps3() -> Terminal:
    return Terminal("cps3")


@pytest.fixture
def cps4() -> Terminal:
    """A CPS4 with ChipDoc already selected on channel 1."""
    return Terminal("cps4")


@pytest.fixture
def antenna() -> Terminal:
    """The CPS3 seen through its antenna."""
    return Terminal("cps3cl")
