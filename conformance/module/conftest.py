"""Fixtures that several files of black box tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.c_host import compile_host
from conformance.testbed.client import Module
from conformance.testbed.cps_command import Cps
from conformance.testbed.rig import Rig


@pytest.fixture
def rw(p11: Module, slot: int) -> int:
    """A read/write session without a login."""
    return p11.open(slot, rw=True)


@pytest.fixture
def cps(rig: Rig) -> Cps:
    """The command `cps` in French, with the card of the rig."""
    return Cps({**rig.env, "LC_ALL": "fr_FR.UTF-8"})


@pytest.fixture
def reader(rig: Rig) -> Iterator[Rig]:
    """The rig, for a test that puts something else into the reader; the card comes back."""
    rig.clear_faults()
    yield rig
    rig.insert("cps4")


@pytest.fixture(scope="module")
def module_rig() -> Iterator[Rig]:
    """A rig of its own for the tests of a file."""
    with Rig("cps3") as rig:
        yield rig


@pytest.fixture
def cps3_rig(module_rig: Rig) -> Rig:
    """The rig of the file with a CPS3 as new."""
    module_rig.clear_faults()
    module_rig.insert("cps3")
    module_rig.new_pins()
    module_rig.clear_log()
    return module_rig


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled C host of conformance.testbed.c_host."""
    return compile_host(tmp_path_factory.mktemp("host"))
