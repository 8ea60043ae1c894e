"""The command `cps` of somebody who has just installed the module and wants his browser to know the card."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from conformance.clients.browsers import marionette
from conformance.clients.browsers.chromium import Chromium
from conformance.clients.browsers.desktop import Desktop
from conformance.clients.browsers.marionette import Marionette
from conformance.clients.browsers.mozilla import Preferences, asked_of_user, type_code_when_asked, write_preferences
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.cps_command import ALL_IS_WELL, CPS, check_removal

pytestmark = [pytest.mark.client("cps"), pytest.mark.display]

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


@pytest.mark.does("browsers install, then diag --web with Firefox")
def test_firefox(client_environment: ClientEnvironment) -> None:
    """The module is removed only when Firefox is closed."""
    profile = _profile(client_environment)
    client_environment.run(CPS, "browsers", "install")
    page = client_environment.start(CPS, "diag", "--web", "--no-open", "--lang", "en")
    (log,) = client_environment.artefacts.glob("*-cps.log")
    address = wait_until(lambda: re.findall(r"https://\S+/", log.read_text()), "the address of the page")
    client_environment.start("firefox-esr", "--headless", "--profile", profile, *marionette.OPTIONS)
    firefox = Marionette(client_environment, profile)
    type_code_when_asked(firefox, client_environment.pin)
    firefox.run(_ACCEPT)
    firefox.run(_VISIT, address[0])
    wait_until(lambda: page.poll() is not None, "the end of cps diag --web", 60)
    assert page.returncode == 0, log.read_text()
    wait_until(lambda: firefox.run(_TITLE) == ALL_IS_WELL, "the page that says so")
    assert len(asked_of_user(firefox)) == 1
    check_removal(client_environment, profile)


@pytest.mark.does("browsers install, then diag --web with Chromium")
def test_chromium(client_environment: ClientEnvironment) -> None:
    """The page opens in the browser that is open already. The module is removed only when that is closed."""
    profile = client_environment.home / ".config" / "chromium"
    profile.mkdir(parents=True)
    client_environment.run(CPS, "browsers", "install")
    with Desktop(client_environment) as desktop:
        _diagnose(client_environment, Chromium(client_environment, desktop, profile))
    check_removal(client_environment, client_environment.home / ".pki" / "nssdb")


def _profile(environment: ClientEnvironment) -> Path:
    profile = environment.home / ".mozilla" / "firefox" / "test.default-esr"
    profile.mkdir(parents=True)
    profile.with_name("profiles.ini").write_text(f"[Profile0]\nName=test\nIsRelative=1\nPath={profile.name}\n")
    write_preferences(profile, _PREFERENCES)
    return profile


def _diagnose(environment: ClientEnvironment, browser: Chromium) -> None:
    browser.visit("about:blank")
    wait_until(browser.page, "a window of Chromium")
    opens = {"BROWSER": shlex.join(browser.command("%s"))}
    diagnosis = environment.start(CPS, "--lang", "en", "diag", "--web", env=opens)
    browser.trust_server()
    browser.type_code(environment.pin)
    wait_until(lambda: _shows(browser, ALL_IS_WELL), "the page that says so")
    wait_until(lambda: diagnosis.poll() is not None, "the end of cps diag --web")
    (said,) = (log.read_text() for log in environment.artefacts.glob("*-cps.log"))
    assert diagnosis.returncode == 0, said


def _shows(browser: Chromium, title: str) -> bool:
    browser.choose_certificate()
    return browser.page().startswith(title)
