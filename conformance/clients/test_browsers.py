"""What the acceptance plan wants of a browser in front of a health portal, SSL_001 to SSL_005, told to any browser."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from conformance.clients.browsers.browser_windows import START_SECONDS
from conformance.clients.servers.web_server import TLS12, TLS13, WebServer
from conformance.clients.story import ByNature, Story, expect
from conformance.clients.support.client_environment import World, eventually
from conformance.testbed.cards import WRONG_PIN
from conformance.virtual_card.profiles import FOREIGN

_CLOSED = ("peer did not return a certificate", "handshake failure")
"""What the portal hears of a visitor without a certificate, and of one who cannot sign with it."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the portal asks for the certificate, and which cards can answer."""

    name: str
    version: ssl.TLSVersion
    cards: tuple[str, ...]
    late: bool = False
    """Only when the page is asked for."""


TLS_1_2 = Way("TLS 1.2", TLS12, ("cps3", "cps4"))
TLS_1_3 = Way("TLS 1.3", TLS13, ("cps4",))
LATE = Way("TLS 1.3 post-handshake", TLS13, ("cps4",), late=True)

_AT_START = "SSL_001 card present at start"

_HAND_SECONDS = 1.2
"""A card does not come back faster, and NSS looks for it no more than once a second."""
_VISITS_TO_FORGET = 3
"""One is on its way already when the browser hears the answer to the one before."""


class Browser(Protocol):
    """A browser, and the user in front of it."""

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


Start = Callable[[], Browser]
"""Starts the browser, each time with another profile."""
Opened = Callable[[World], AbstractContextManager[Start]]


class Portal:
    """The portal of one story, from where it sees who came in."""

    def __init__(self, world: World, server: WebServer) -> None:
        self.world = world
        self._server = server
        self._let_in = 0
        self._refusals_before = 0

    def receive(self, browser: Browser) -> None:
        self._refusals_before = len(self._server.refusals)
        browser.visit(self._server.url)

    def let_in(self, *browsers: Browser) -> None:
        """Waits until every one reads the page that is for the holder of the card alone."""
        wanted = self._server.fingerprint(self.world.authentication_certificate)
        self._let_in += len(browsers)
        eventually(lambda: self._are_in(browsers, f"OK {wanted}"), "the visitor is let in")
        expect(self._server.visits == [wanted] * self._let_in, f"visits: {self._server.visits}")

    def _are_in(self, browsers: Sequence[Browser], page: str) -> bool:
        for browser in browsers:
            browser.choose_certificate()
        return len(self._server.visits) >= self._let_in and all(each.page().startswith(page) for each in browsers)

    def turn_away(self, browser: Browser) -> None:
        """Waits until the visitor, asked as often as the browser likes, has been told that he cannot come in."""
        eventually(lambda: self._is_out(browser), "the visitor is turned away")
        expect(len(self._server.visits) == self._let_in, "the visitor was let in")

    def _is_out(self, browser: Browser) -> bool:
        if not browser.type_no_code():
            browser.choose_certificate()
        return self.told_off(browser)

    def told_off(self, browser: Browser) -> bool:
        """Whether the visitor reads by now that he cannot come in."""
        heard = "\n".join(self._server.refusals[self._refusals_before :])
        return any(word in heard for word in _CLOSED) and browser.shows_error()


Tell = Callable[[Portal, Start], None]


def stories(client: str, opened: Opened, budget: Mapping[str, int], ways: Sequence[Way]) -> tuple[Story, ...]:
    """All of them; ``budget`` says how many APDUs each card may get from the start to the first page."""

    def card_at_start(portal: Portal, start: Start) -> None:
        rig, card = portal.world.rig, portal.world.card
        rig.clear_cache()
        rig.clear_log()
        log_in(portal, start())
        expect(rig.apdu_count() <= budget[card.name], f"{rig.apdu_count()} APDUs; {budget[card.name]} will do")

    plan = {
        _AT_START: card_at_start,
        "SSL_002 card pulled, then back": card_pulled,
        "SSL_003 wrong code, then the right one": wrong_code,
        "SSL_003 wrong code until the card is blocked": blocked_card,
        "SSL_004 a card that is no CPS, then the CPS": foreign_card,
        "SSL_005 two instances at once": two_instances,
    }
    return (
        *(story(client, opened, *told, way) for way in ways for told in plan.items()),
        story(client, opened, _AT_START, no_pss, replace(TLS_1_3, cards=("cps3",))),
    )


def story(client: str, opened: Opened, does: str, tell: Tell, way: Way) -> Story:
    """A visit to the portal as a story of the table."""

    def told(world: World) -> None:
        server = WebServer(world.authority, world.cards_authority, way.version, late=way.late)
        with server, opened(world) as start:
            tell(Portal(world, server), start)

    told.__name__ = f"{tell.__name__}_{way.name.replace('.', '')}"
    return Story(client, f"{does}, {way.name}", told, way.cards, windows=True)


def log_in(portal: Portal, browser: Browser) -> None:
    """The user types the code and reads the page."""
    portal.receive(browser)
    browser.type_code(portal.world.pin)
    portal.let_in(browser)


def _log_in_with_card_put_in(portal: Portal, browser: Browser) -> None:
    time.sleep(_HAND_SECONDS)
    portal.world.rig.insert(portal.world.card.name)
    _try_again(portal, browser)
    portal.let_in(browser)


def _try_again(portal: Portal, browser: Browser) -> None:
    """A browser that remembers that there was no certificate forgets it once it has been turned away again for that."""
    for _ in range(_VISITS_TO_FORGET):
        portal.receive(browser)
        eventually(lambda: browser.asks_code() or portal.told_off(browser), "an answer to another visit")
        if browser.asks_code():
            break
    browser.type_code(portal.world.pin)


def card_pulled(portal: Portal, start: Start) -> None:
    browser = start()
    log_in(portal, browser)
    portal.world.rig.remove()
    portal.receive(browser)
    portal.turn_away(browser)
    _log_in_with_card_put_in(portal, browser)


def wrong_code(portal: Portal, start: Start) -> None:
    browser = start()
    portal.receive(browser)
    _spend_tries(portal, browser, (2, 1))
    browser.type_code(portal.world.pin)
    portal.let_in(browser)
    expect(portal.world.rig.pin_tries == 3, f"{portal.world.rig.pin_tries} tries after the right code")


def blocked_card(portal: Portal, start: Start) -> None:
    """From then on no code helps, the right one no more than another."""
    browser = start()
    portal.receive(browser)
    _spend_tries(portal, browser, (2, 1, 0))
    portal.turn_away(browser)
    _try_again(portal, browser)
    portal.turn_away(browser)
    expect(portal.world.rig.pin_tries == 0, "a blocked card has tries")


def _spend_tries(portal: Portal, browser: Browser, left: tuple[int, ...]) -> None:
    for tries in left:
        browser.type_code(WRONG_PIN.decode())
        eventually(partial(_has_tries, portal.world, tries), f"{tries} tries left")


def _has_tries(world: World, tries: int) -> bool:
    return world.rig.pin_tries == tries


def foreign_card(portal: Portal, start: Start) -> None:
    rig = portal.world.rig
    rig.insert(FOREIGN)
    rig.clear_log()
    browser = start()
    portal.receive(browser)
    portal.turn_away(browser)
    expect(rig.apdu_count() == 0, "a card that is no CPS was sent commands")
    _log_in_with_card_put_in(portal, browser)


def two_instances(portal: Portal, start: Start) -> None:
    """Both ask for the code at the same time; once in, both sign at the same time."""
    pair = start(), start()
    for browser in pair:
        portal.receive(browser)
    # A window that opens takes the keyboard from the others.
    eventually(lambda: all(browser.asks_code() for browser in pair), "both ask for the code porteur", START_SECONDS)
    for browser in pair:
        browser.type_code(portal.world.pin)
        portal.let_in(browser)
    for browser in pair:
        portal.receive(browser)
    portal.let_in(*pair)


def beside_another_program(portal: Portal, start: Start) -> None:
    """pkcs11-tool logs in and signs again and again, from before the question until after the page."""
    world = portal.world
    signatures, enough = world.directory / "signatures", world.directory / "enough"
    script = 'until [ -e "$1" ]; do "${@:3}" || exit 1; echo signed >> "$2"; done'
    code = {"CPS_PIN": world.pin}
    tool = world.start("bash", "-c", script, "bash", enough, signatures, *_signing(world), env=code)
    eventually(signatures.exists, "a signature")
    log_in(portal, start())
    before = signatures.read_text()
    eventually(lambda: signatures.read_text() > before, "a signature after the page")
    enough.touch()
    eventually(lambda: tool.poll() is not None, "the end of pkcs11-tool")
    expect(tool.returncode == 0, "pkcs11-tool could not sign")


def _signing(world: World) -> tuple[str | Path, ...]:
    message = world.directory / "message"
    message.write_text("Repos et grand air")
    key = ("--mechanism", "SHA256-RSA-PKCS", "--id", world.card.signature.id.hex())
    files = ("--input-file", message, "--output-file", world.directory / "message.sig")
    return ("pkcs11-tool", "--module", world.module, "--login", "--pin", "env:CPS_PIN", "--sign", *key, *files)


def no_pss(portal: Portal, start: Start) -> None:
    browser = start()
    portal.receive(browser)
    browser.type_code(portal.world.pin)
    portal.turn_away(browser)
    raise ByNature("TLS 1.3 signs with RSA-PSS, which this chip does not have")
