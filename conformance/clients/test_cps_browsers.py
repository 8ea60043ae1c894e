"""The command `cps`, as the story of somebody who has just installed the module and wants Firefox to know the card."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.clients.browsers import marionette
from conformance.clients.browsers.marionette import Marionette
from conformance.clients.browsers.mozilla import Preferences, asked_of_user, type_code_when_asked, write_preferences
from conformance.clients.story import Story, expect
from conformance.clients.support.client_environment import World, eventually
from conformance.clients.support.cps_command import ALL_IS_WELL, CPS, take_out

_PREFERENCES: Preferences = {
    **marionette.PREFERENCES,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "security.default_personal_cert": "Select Automatically",
}
# What the user does who accepts the warning about the server of `cps diag --web`.
_ACCEPT = """
const overrides = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
overrides.setDisableAllSecurityChecksAndLetAttackersInterceptMyData(true);
"""
_VISIT = """
const [url] = given;
const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
setTimeout(() => gBrowser.fixupAndLoadURIString(url, { triggeringPrincipal }));
"""
_TITLE = "return gBrowser.selectedBrowser.contentTitle"


def firefox_gets_in(world: World) -> None:
    """`cps browsers install`, then `cps diag --web`; while Firefox is open nothing is taken away, afterwards it is."""
    profile = _profile(world)
    world.run(CPS, "browsers", "install")
    page = world.start(CPS, "diag", "--web", "--no-open", "--lang", "en")
    (log,) = world.artefacts.glob("*-cps.log")
    address = eventually(lambda: re.findall(r"https://\S+/", log.read_text()), "the address of the page")
    world.start("firefox-esr", "--headless", "--profile", profile, *marionette.OPTIONS)
    firefox = Marionette(world, profile)
    type_code_when_asked(firefox, world.pin)
    firefox.run(_ACCEPT)
    firefox.run(_VISIT, address[0])
    eventually(lambda: page.poll() is not None, "the end of cps diag --web", 60)
    expect(page.returncode == 0, log.read_text())
    eventually(lambda: firefox.run(_TITLE) == ALL_IS_WELL, "the page that says so")
    expect(len(asked_of_user(firefox)) == 1, f"asked the user: {asked_of_user(firefox)}")
    take_out(world, profile)


def _profile(world: World) -> Path:
    profile = world.home / ".mozilla" / "firefox" / "story.default-esr"
    profile.mkdir(parents=True)
    profile.with_name("profiles.ini").write_text(f"[Profile0]\nName=story\nIsRelative=1\nPath={profile.name}\n")
    write_preferences(profile, _PREFERENCES)
    return profile


STORIES = (Story("cps", "browsers install, then diag --web with Firefox", firefox_gets_in, windows=True),)
