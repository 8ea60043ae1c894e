"""A web site that requires the card's certificate, and the actions of a browser's user there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.testbed.cards import WRONG_PIN

_REFUSALS = ("peer did not return a certificate", "handshake failure")
"""What the server sees of a browser without a certificate, and of one that cannot sign with it."""
_INSERTION_SECONDS = 1.2
"""A person does not insert a card faster, and NSS looks for it no more than once a second."""
_VISITS_TO_FORGET = 3
"""One is on its way already when the browser hears the answer to the one before."""


class Browser(Protocol):
    """The actions of a browser's user."""

    def visit(self, url: str) -> None:
        """Open a page without waiting for it."""

    def asks_code(self) -> bool:
        """True while it asks for the code porteur."""

    def type_code(self, code: str) -> None:
        """Wait for the question and answer it."""

    def type_no_code(self) -> bool:
        """Close the question if there is one."""

    def choose_certificate(self) -> None:
        """Accept the offered certificate if there is one."""

    def page(self) -> str:
        """The title of the visible page."""

    def shows_error(self) -> bool:
        """True if it shows its own error page."""


StartBrowser = Callable[[], Browser]
"""Starts the browser, each time with another profile."""


class ProtectedSite:
    """The web server of one test; it records who got a page."""

    def __init__(self, environment: ClientEnvironment, server: WebServer) -> None:
        self._environment = environment
        self._rig = environment.rig
        self._pin = environment.pin
        self._server = server
        self._pages = 0
        self._refusals_before = 0

    def visit(self, browser: Browser) -> None:
        self._refusals_before = len(self._server.refusals)
        browser.visit(self._server.url)

    def log_in(self, browser: Browser) -> None:
        """Type the code and wait for the page."""
        self.visit(browser)
        browser.type_code(self._pin)
        self.expect_page(browser)

    def log_in_with_card_inserted(self, browser: Browser) -> None:
        """After a visit without the card, insert it and try again."""
        time.sleep(_INSERTION_SECONDS)
        self._rig.insert(self._environment.card.name)
        self.try_again(browser)
        self.expect_page(browser)

    def try_again(self, browser: Browser) -> None:
        """Visit again; a browser that remembers "no certificate" forgets it after another refusal."""
        for _ in range(_VISITS_TO_FORGET):
            self.visit(browser)
            wait_until(lambda: browser.asks_code() or self.has_refused(browser), "an answer to another visit")
            if browser.asks_code():
                break
        browser.type_code(self._pin)

    def type_wrong_code(self, browser: Browser, tries_left: int) -> None:
        browser.type_code(WRONG_PIN.decode())
        wait_until(lambda: self._rig.pin_tries == tries_left, f"{tries_left} tries left")

    def expect_page(self, *browsers: Browser) -> None:
        """Wait until every browser shows the page for the holder."""
        wanted = self._server.fingerprint(self._environment.authentication_certificate)
        self._pages += len(browsers)
        wait_until(lambda: self._all_read(browsers, f"OK {wanted}"), "the page for the holder of the card")
        assert self._server.visits == [wanted] * self._pages

    def _all_read(self, browsers: Sequence[Browser], page: str) -> bool:
        for browser in browsers:
            browser.choose_certificate()
        return len(self._server.visits) >= self._pages and all(each.page().startswith(page) for each in browsers)

    def expect_refused(self, browser: Browser) -> None:
        """Wait until the browser shows that it got no page; it may ask for the code several times."""
        wait_until(lambda: self._gives_up(browser), "the refusal")
        assert len(self._server.visits) == self._pages, "the browser got a page"

    def _gives_up(self, browser: Browser) -> bool:
        if not browser.type_no_code():
            browser.choose_certificate()
        return self.has_refused(browser)

    def has_refused(self, browser: Browser) -> bool:
        """True if the server refused the last visit and the browser shows it."""
        seen = "\n".join(self._server.refusals[self._refusals_before :])
        return any(refusal in seen for refusal in _REFUSALS) and browser.shows_error()
