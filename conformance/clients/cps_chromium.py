"""The command `cps`, as the story of somebody who has just installed the module and wants Chromium to know the card."""

from __future__ import annotations

import shlex

from conformance.clients.browsers.chromium import Chromium
from conformance.clients.browsers.desktop import Desktop
from conformance.clients.story import Story, expect
from conformance.clients.support.client_environment import World, eventually
from conformance.clients.support.cps_command import ALL_IS_WELL, CPS, take_out


def chromium_gets_in(world: World) -> None:
    """The page opens in the browser that is open already; only when that is closed, the module is taken out."""
    profile = world.home / ".config" / "chromium"
    profile.mkdir(parents=True)
    world.run(CPS, "browsers", "install")
    with Desktop(world) as desktop:
        _diagnose(world, Chromium(world, desktop, profile))
    take_out(world, world.home / ".pki" / "nssdb")


def _diagnose(world: World, browser: Chromium) -> None:
    browser.visit("about:blank")
    eventually(browser.page, "a window of Chromium")
    opens = {"BROWSER": shlex.join(browser.command("%s"))}
    diagnosis = world.start(CPS, "--lang", "en", "diag", "--web", env=opens)
    browser.trust_server()
    browser.type_code(world.pin)
    eventually(lambda: _shows(browser, ALL_IS_WELL), "the page that says so")
    eventually(lambda: diagnosis.poll() is not None, "the end of cps diag --web")
    (said,) = (log.read_text() for log in world.artefacts.glob("*-cps.log"))
    expect(diagnosis.returncode == 0, said)


def _shows(browser: Chromium, title: str) -> bool:
    browser.choose_certificate()
    return browser.page().startswith(title)


STORIES = (Story("cps", "browsers install, then diag --web with Chromium", chromium_gets_in, windows=True),)
