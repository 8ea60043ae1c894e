"""Fixtures for tests of real clients: the environment with its card, servers, a desktop; and checks.

A process that outlives its test fails the test. A changed file of /etc or of the user's clients fails the run. At the
end pytest prints a row for each test: client, action, card, outcome.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest

from conformance.clients.browsers.desktop import Desktop
from conformance.clients.browsers.protected_site import ProtectedSite
from conformance.clients.servers.mail_servers import MailServers
from conformance.clients.servers.web_server import TLS_1_2, TLS_1_3, TlsMode, WebServer
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.results import (
    ARTEFACTS,
    NOT_SUPPORTED,
    artefacts_name,
    has_row,
    name_row,
    results,
    table,
)
from conformance.clients.support.unchanged_machine import changed, snapshot
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.cards import CARDS, Card


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Require a row of the table for each test of a client."""
    nameless = [item.nodeid for item in items if _card_name(item) and not has_row(item)]
    if nameless:
        raise pytest.UsageError(f"the markers `client` and `does` name the row of {', '.join(nameless)}")


def _card_name(item: pytest.Item) -> str | None:
    """The card of a test in this folder; hooks also get tests of other folders."""
    callspec = getattr(item, "callspec", None) if Path(__file__).parent in item.path.parents else None
    name: str | None = callspec.params.get("card_name") if callspec else None
    return name


def pytest_runtest_setup(item: pytest.Item) -> None:
    if isinstance(item, pytest.Function) and _card_name(item):
        name_row(item)
    if item.get_closest_marker("root") and os.geteuid():
        pytest.fail("needs root: run `make test-clients` as root, or leave such tests out with -m 'not root'")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = chain.from_iterable(terminalreporter.stats.values())
    rows = results(report for report in reports if isinstance(report, pytest.TestReport))
    if rows:
        terminalreporter.section("clients and cards")
        for line in table(rows):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def _unchanged_machine() -> Iterator[None]:
    """Each worker checks the time of its own tests."""
    before = snapshot()
    yield
    touched = changed(before, snapshot())
    assert not touched, f"changed during the tests: {', '.join(touched)}"


# The card and the client


@pytest.fixture(params=sorted(CARDS))
def card_name(request: pytest.FixtureRequest) -> str:
    """Each card; a test for one card sets this parameter itself."""
    name: str = request.param
    return name


@pytest.fixture
def card(card_name: str) -> Card:
    """The card in the reader of ``client_environment``."""
    return CARDS[card_name]


@pytest.fixture
def pinpad() -> PinpadOptions | None:
    """The keypad of the reader; None unless a file overrides this fixture."""
    return None


@pytest.fixture
def client_environment(
    request: pytest.FixtureRequest,
    card: Card,
    pinpad: PinpadOptions | None,
    record_property: Callable[[str, object], None],
) -> Iterator[ClientEnvironment]:
    """A new environment for each test, with its own reader and pcscd."""
    environment = ClientEnvironment(
        artefacts_name(request.node), card, lambda reason: record_property(NOT_SUPPORTED, reason), pinpad
    )
    record_property(ARTEFACTS, os.path.relpath(environment.artefacts))
    with environment:
        yield environment
        environment.stop_programs()
        environment.wait_until_all_ended()


# Servers


@pytest.fixture
def tls_mode(card: Card) -> TlsMode:
    """The latest TLS version that the card can sign for, unless the test sets this parameter."""
    return TLS_1_3 if card.has_pss else TLS_1_2


@pytest.fixture
def web_server(client_environment: ClientEnvironment, tls_mode: TlsMode) -> Iterator[WebServer]:
    """An HTTPS server that requires the card's certificate."""
    with WebServer(client_environment.authority, client_environment.cards_authority, tls_mode) as server:
        yield server


@pytest.fixture
def mail_servers(client_environment: ClientEnvironment, tls_mode: TlsMode) -> MailServers:
    """IMAP and SMTP servers that require the card's certificate; needs root."""
    return MailServers(client_environment, tls_mode)


# Windows


@pytest.fixture
def desktop(client_environment: ClientEnvironment) -> Iterator[Desktop]:
    """A display for programs that the test starts."""
    with Desktop(client_environment) as opened:
        yield opened


@pytest.fixture
def protected_site(client_environment: ClientEnvironment, web_server: WebServer) -> ProtectedSite:
    """The web server, for browsers."""
    return ProtectedSite(client_environment, web_server)
