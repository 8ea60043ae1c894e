"""One private pcscd for the whole run, with the card of each test in its reader.

libpcsclite reads PCSCLITE_CSOCK_NAME once, at its first call in a process; so the suites that load the module into
pytest share one rig and change the card in it.
"""

import os
from collections.abc import Iterator

import pytest

from conformance.testbed.cards import CARDS, PIN, Card
from conformance.testbed.client import Module, import_installed_package, module_path
from conformance.testbed.rig import Rig

import_installed_package()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="choose again the sample of the fault matrix that this seed chose")


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    with Rig("cps4") as running:
        os.environ["PCSCLITE_CSOCK_NAME"] = running.env["PCSCLITE_CSOCK_NAME"]
        # What a test finds on the card must not depend on the tests before it.
        os.environ["CPS3_CACHE"] = "0"
        yield running


@pytest.fixture(scope="module", params=sorted(CARDS))
def inserted(request: pytest.FixtureRequest, rig: Rig) -> Card:
    """The card that the tests of a module find in the reader, one after the other."""
    rig.insert(request.param)
    return CARDS[request.param]


@pytest.fixture
def card(inserted: Card, rig: Rig) -> Iterator[Card]:
    """The inserted card as new: first PIN, all tries left, nobody logged in, no scripted fault, nothing in the log."""
    rig.clear_faults()
    rig.new_pins()
    rig.clear_cache()
    rig.reset_card()
    rig.clear_log()
    yield inserted
    rig.clear_faults()


@pytest.fixture(scope="session")
def loaded(rig: Rig) -> Module:
    """The module, loaded once the private pcscd can be found."""
    return Module(module_path())


@pytest.fixture
def p11(loaded: Module, card: Card) -> Iterator[Module]:
    """The module initialised, with the card in its reader; finalised whatever the test did."""
    loaded.ok("C_Initialize", None)
    yield loaded
    loaded.C_Finalize(None)


@pytest.fixture
def slot(p11: Module) -> int:
    (only,) = p11.slots()
    return only


@pytest.fixture
def session(p11: Module, slot: int) -> int:
    """A read-only session, nobody logged in."""
    return p11.open(slot)


@pytest.fixture
def user(p11: Module, session: int) -> int:
    """The same session with the holder logged in."""
    p11.ok("C_Login", session, 1, PIN, len(PIN))
    return session
