"""Firefox and Chromium at a site that requires the card's certificate: SSL_001 to SSL_005 of the acceptance plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from conformance.clients.browsers import chromium, firefox
from conformance.clients.browsers.browser_windows import START_SECONDS
from conformance.clients.browsers.desktop import Desktop
from conformance.clients.browsers.protected_site import ProtectedSite, StartBrowser
from conformance.clients.servers.web_server import POST_HANDSHAKE, TLS_1_2, TLS_1_3, TlsMode
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.testbed.cards import CARDS
from conformance.virtual_card.profiles import FOREIGN

pytestmark = [pytest.mark.client("{browser}"), pytest.mark.display]


@dataclass(frozen=True, slots=True)
class TestedBrowser:
    name: str
    starter: Callable[[ClientEnvironment, Desktop], StartBrowser]
    modes: tuple[TlsMode, ...]
    budget: Mapping[str, int]
    """How many APDUs each card may get from the start of the browser to the first page."""

    __test__ = False

    def __str__(self) -> str:
        return self.name


_BROWSERS = (
    TestedBrowser("Firefox", firefox.starter, (TLS_1_2, TLS_1_3, POST_HANDSHAKE), {"cps3": 54, "cps4": 43}),
    TestedBrowser("Chromium", chromium.starter, (TLS_1_2, TLS_1_3), {"cps3": 54, "cps4": 44}),
)
_each_browser_mode_and_card = pytest.mark.parametrize(
    ("browser", "tls_mode", "card_name"),
    [
        pytest.param(browser, mode, card.name, id=f"{browser.name.lower()}-{mode.id}-{card.name}")
        for browser in _BROWSERS
        for mode in browser.modes
        for card in CARDS.values()
        if card.has_pss or not mode.needs_pss
    ],
)
_each_browser = pytest.mark.parametrize("browser", _BROWSERS, ids=lambda browser: browser.name.lower())


@pytest.fixture
def start_browser(browser: TestedBrowser, client_environment: ClientEnvironment, desktop: Desktop) -> StartBrowser:
    return browser.starter(client_environment, desktop)


@pytest.mark.does("SSL_001 card present at start, {tls_mode}")
@_each_browser_mode_and_card
def test_card_present_at_start(
    client_environment: ClientEnvironment,
    protected_site: ProtectedSite,
    start_browser: StartBrowser,
    browser: TestedBrowser,
    card_name: str,
) -> None:
    rig = client_environment.rig
    rig.clear_cache()
    rig.clear_log()
    protected_site.log_in(start_browser())
    assert rig.apdu_count() <= browser.budget[card_name]


@pytest.mark.does("SSL_001 card present at start, {tls_mode}")
@_each_browser
@pytest.mark.parametrize("tls_mode", [TLS_1_3], ids=lambda mode: mode.id)
@pytest.mark.parametrize("card_name", ["cps3"])
def test_card_without_pss(
    client_environment: ClientEnvironment, protected_site: ProtectedSite, start_browser: StartBrowser
) -> None:
    browser = start_browser()
    protected_site.visit(browser)
    browser.type_code(client_environment.pin)
    protected_site.expect_refused(browser)
    client_environment.not_supported_by_card("TLS 1.3 signs with RSA-PSS, which this chip does not have")


@pytest.mark.does("SSL_002 card pulled, then back, {tls_mode}")
@_each_browser_mode_and_card
def test_card_removed(
    client_environment: ClientEnvironment, protected_site: ProtectedSite, start_browser: StartBrowser
) -> None:
    browser = start_browser()
    protected_site.log_in(browser)
    client_environment.rig.remove()
    protected_site.visit(browser)
    protected_site.expect_refused(browser)
    protected_site.log_in_with_card_inserted(browser)


@pytest.mark.does("SSL_003 wrong code, then the right one, {tls_mode}")
@_each_browser_mode_and_card
def test_wrong_code(
    client_environment: ClientEnvironment, protected_site: ProtectedSite, start_browser: StartBrowser
) -> None:
    browser = start_browser()
    protected_site.visit(browser)
    for tries_left in (2, 1):
        protected_site.type_wrong_code(browser, tries_left)
    browser.type_code(client_environment.pin)
    protected_site.expect_page(browser)
    assert client_environment.rig.pin_tries == 3


@pytest.mark.does("SSL_003 wrong code until the card is blocked, {tls_mode}")
@_each_browser_mode_and_card
def test_blocked_card(
    client_environment: ClientEnvironment, protected_site: ProtectedSite, start_browser: StartBrowser
) -> None:
    """From then on no code helps, the right one no more than another."""
    browser = start_browser()
    protected_site.visit(browser)
    for tries_left in (2, 1, 0):
        protected_site.type_wrong_code(browser, tries_left)
    protected_site.expect_refused(browser)
    protected_site.try_again(browser)
    protected_site.expect_refused(browser)
    assert client_environment.rig.pin_tries == 0


@pytest.mark.does("SSL_004 a card that is not a CPS card, then the CPS, {tls_mode}")
@_each_browser_mode_and_card
def test_foreign_card(
    client_environment: ClientEnvironment, protected_site: ProtectedSite, start_browser: StartBrowser
) -> None:
    rig = client_environment.rig
    rig.insert(FOREIGN)
    rig.clear_log()
    browser = start_browser()
    protected_site.visit(browser)
    protected_site.expect_refused(browser)
    assert rig.apdu_count() == 0, "a card that is not a CPS card was sent commands"
    protected_site.log_in_with_card_inserted(browser)


@pytest.mark.does("SSL_005 two instances at once, {tls_mode}")
@_each_browser_mode_and_card
def test_two_instances(
    client_environment: ClientEnvironment, protected_site: ProtectedSite, start_browser: StartBrowser
) -> None:
    """Both ask for the code at the same time; once in, both sign at the same time."""
    pair = start_browser(), start_browser()
    for browser in pair:
        protected_site.visit(browser)
    # A window that opens takes the keyboard from the others.
    wait_until(lambda: all(browser.asks_code() for browser in pair), "both ask for the code porteur", START_SECONDS)
    for browser in pair:
        browser.type_code(client_environment.pin)
        protected_site.expect_page(browser)
    for browser in pair:
        protected_site.visit(browser)
    protected_site.expect_page(*pair)
