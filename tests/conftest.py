"""The virtual cards come from the working tree; `cryptolib` from where it is installed, with its compiled parts."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Behind site-packages: in front of it, the sources would hide the installed package.
sys.path.append(str(Path(__file__).parents[1]))

from conformance.testbed.fresh_build import require_fresh_build

# The same examples in every run, on machines of any speed.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
# Others each time, twenty times as many: `make fuzz`.
settings.register_profile("long", max_examples=2_000, deadline=None, database=None, print_blob=True)
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    require_fresh_build(config)
