"""Fixtures of the conformance tests: a private pcscd for the whole run, and the card of each test in its reader.

libpcsclite reads PCSCLITE_CSOCK_NAME once, at its first call in a process. So the tests that load the module into
pytest share one rig and change the card in it. Each worker of pytest-xdist is a process with a rig of its own.

A test that uses `card`, `p11` or a fixture built on them runs once for each card with a holder, or for the cards that
its module names: ``pytestmark = pytest.mark.cards("cps3cl")``.
"""

import os
from collections.abc import Iterator

import pytest

from conformance.testbed.cards import CARDS, EVERY_CARD, PIN, Card
from conformance.testbed.client import Module, import_installed_package, module_path
from conformance.testbed.fresh_build import require_fresh_build
from conformance.testbed.rig import Rig

import_installed_package()

CPS_DATA_SIZE = 256
"""More than one command carries, and no more than a test needs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="choose again the sample of the fault matrix that this seed chose")
    parser.addoption(
        "--card",
        action="append",
        default=[],
        choices=sorted(EVERY_CARD),
        help="deselect the tests of other cards (may be repeated)",
    )


def pytest_configure(config: pytest.Config) -> None:
    require_fresh_build(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "inserted" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("cards")
        names = marker.args if marker else sorted(CARDS)
        metafunc.parametrize("inserted", names, indirect=True, scope="module")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = set(config.getoption("--card"))
    if chosen:
        others = {item for item in items if _cards_of(item) - chosen}
        config.hook.pytest_deselected(items=list(others))
        items[:] = [item for item in items if item not in others]


def _cards_of(item: pytest.Item) -> set[str]:
    """The cards among the parameters of a test; empty for a test without such a parameter."""
    call = getattr(item, "callspec", None)
    names = (value.name if isinstance(value, Card) else value for value in (call.params.values() if call else ()))
    return {name for name in names if isinstance(name, str) and name in EVERY_CARD}


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    with Rig("cps4") as running:
        os.environ["PCSCLITE_CSOCK_NAME"] = running.env["PCSCLITE_CSOCK_NAME"]
        # A test must find the same card whatever ran before it.
        os.environ["CPS3_CACHE"] = "0"
        yield running


@pytest.fixture(scope="module")
def inserted(request: pytest.FixtureRequest, rig: Rig) -> Card:
    """The card in the reader for the tests of a module; each card in turn."""
    name: str = request.param
    rig.insert(name)
    return EVERY_CARD[name]


@pytest.fixture
def card(inserted: Card, rig: Rig) -> Iterator[Card]:
    """The inserted card as new: first PIN, all tries left, nobody logged in, no fault, an empty log."""
    rig.insert(inserted.name)
    rig.clear_faults()
    rig.new_pins()
    rig.clear_cache()
    rig.reset_card()
    rig.clear_log()
    yield inserted
    rig.clear_faults()


@pytest.fixture
def cps_data(card: Card, rig: Rig) -> Iterator[int]:
    """Give the card a CPS_DATA that the holder may write, and return its size in bytes; a CPS4 has none as issued."""
    rig.vary(f"cps-data={CPS_DATA_SIZE}")
    rig.clear_log()
    yield CPS_DATA_SIZE
    rig.vary()


@pytest.fixture(scope="session")
def loaded(rig: Rig) -> Module:
    """The module, loaded after the private pcscd has started."""
    return Module(module_path())


@pytest.fixture
def p11(loaded: Module, card: Card) -> Iterator[Module]:
    """The initialised module with the card in its reader; finalised after the test."""
    loaded.ok("C_Initialize", None)
    yield loaded
    loaded.C_Finalize(None)


@pytest.fixture
def slot(p11: Module) -> int:
    (only,) = p11.slots()
    return only


@pytest.fixture
def session(p11: Module, slot: int) -> int:
    """A read-only session without a login."""
    return p11.open(slot)


@pytest.fixture
def user(p11: Module, session: int) -> int:
    """The same session after the holder's login."""
    p11.ok("C_Login", session, 1, PIN, len(PIN))
    return session
