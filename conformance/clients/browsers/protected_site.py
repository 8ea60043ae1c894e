"""A web site that requires the card's certificate, and what the user of a browser does there."""

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
    """A browser, and what its user does."""

    def visit(self, url: str) -> None:
        """Goes there, and does not wait."""

    def asks_code(self) -> bool:
        """Whether it wants the code porteur just now."""

    def type_code(self, code: str) -> None:
        """Waits for the question, and answers it."""

    def type_no_code(self) -> bool:
        """Closes the question, if there is one just now."""

    def choose_certificate(self) -> None:
        """Takes the one that is offered, if there is one just now."""

    def page(self) -> str:
        """The title of what is to be seen."""

    def shows_error(self) -> bool:
        """Whether it is the browser's own page that says what went wrong."""


StartBrowser = Callable[[], Browser]
"""Starts the browser, each time with another profile."""


class ProtectedSite:
    """The web server of one test, which sees who got a page."""

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
        """The user types the code and reads the page."""
        self.visit(browser)
        browser.type_code(self._pin)
        self.expect_page(browser)

    def log_in_with_card_inserted(self, browser: Browser) -> None:
        """After a visit without the card, the user inserts it and tries again."""
        time.sleep(_INSERTION_SECONDS)
        self._rig.insert(self._environment.card.name)
        self.try_again(browser)
        self.expect_page(browser)

    def try_again(self, browser: Browser) -> None:
        """A browser that remembers that there was no certificate forgets it once it has been refused again for that."""
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
        """Waits until every one reads the page that is for the holder of the card alone."""
        wanted = self._server.fingerprint(self._environment.authentication_certificate)
        self._pages += len(browsers)
        wait_until(lambda: self._all_read(browsers, f"OK {wanted}"), "the page for the holder of the card")
        assert self._server.visits == [wanted] * self._pages

    def _all_read(self, browsers: Sequence[Browser], page: str) -> bool:
        for browser in browsers:
            browser.choose_certificate()
        return len(self._server.visits) >= self._pages and all(each.page().startswith(page) for each in browsers)

    def expect_refused(self, browser: Browser) -> None:
        """Waits until the browser, which may ask for the code as often as it likes, says that it got no page."""
        wait_until(lambda: self._gives_up(browser), "the refusal")
        assert len(self._server.visits) == self._pages, "the browser got a page"

    def _gives_up(self, browser: Browser) -> bool:
        if not browser.type_no_code():
            browser.choose_certificate()
        return self.has_refused(browser)

    def has_refused(self, browser: Browser) -> bool:
        """Whether the server has refused the last visit, and the browser says so by now."""
        seen = "\n".join(self._server.refusals[self._refusals_before :])
        return any(refusal in seen for refusal in _REFUSALS) and browser.shows_error()
