"""Firefox with its windows, which finds the module in the NSS database of its profile."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.clients import test_browsers as browsing
from conformance.clients.browsers.browser_windows import BrowserWindows, Titles
from conformance.clients.browsers.desktop import Desktop
from conformance.clients.browsers.mozilla import Preferences, write_preferences
from conformance.clients.browsers.session_bus import start_session_bus
from conformance.clients.support.client_environment import World
from conformance.clients.support.nss import make_database, make_database_without_module
from conformance.clients.test_browsers import LATE, TLS_1_2, TLS_1_3, Portal, log_in
from conformance.testbed.documented_commands import blocks

_PREFERENCES: Preferences = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.preonboarding.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.http.speculative-parallel-limit": 0,  # a connection made before it is needed gives no certificate
    "security.default_personal_cert": "Select Automatically",
    "security.dialog_enable_delay": 0,  # else no button answers in the first second, not even to Return
    "security.tls.enable_post_handshake_auth": True,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
_PROGRAM = Path("firefox-esr")
_APDUS = {"cps3": 54, "cps4": 43}


class Firefox(BrowserWindows):
    titles = Titles("Password Required", "Warning: Security Risk — Mozilla Firefox")

    def __init__(self, world: World, desktop: Desktop, profile: Path, program: Path = _PROGRAM) -> None:
        super().__init__(world, desktop)
        self._profile = profile
        self._program = program

    def command(self, url: str) -> tuple[str, ...]:
        return (str(self._program), "--profile", str(self._profile), url)

    def choose_certificate(self) -> None:
        """It does that itself."""


@contextmanager
def _opened(world: World) -> Iterator[browsing.Start]:
    model = world.directory / "firefox"
    make_database(world, model)
    with _session(world, model) as desktop:
        yield lambda: Firefox(world, desktop, _copied(model))


@contextmanager
def _opened_with_policy(world: World) -> Iterator[browsing.Start]:
    """Nothing in the profile knows the module: the policy of docs/clients/firefox.md has to do it."""
    model = world.directory / "firefox"
    make_database_without_module(world, model)
    with _session(world, model) as desktop:
        yield lambda: Firefox(world, desktop, _copied(model), _with_policy(world))


@contextmanager
def _session(world: World, model: Path) -> Iterator[Desktop]:
    write_preferences(model, _PREFERENCES)
    start_session_bus(world)
    with Desktop(world) as desktop:
        yield desktop


def _copied(model: Path) -> Path:
    profile = Path(tempfile.mkdtemp(dir=model.parent, prefix="firefox-"))
    return shutil.copytree(model, profile, dirs_exist_ok=True)


def _with_policy(world: World) -> Path:
    """The installed program once more, in a folder where it finds other policies: it looks beside itself."""
    installed = Path(shutil.which(_PROGRAM) or _PROGRAM).resolve()
    own = world.directory / "application"
    policies = own / "distribution" / "policies.json"
    policies.parent.mkdir(parents=True)
    (told,) = blocks("For all users", "json", "docs/clients/firefox.md")
    policies.write_text(told.replace("/usr/local/lib/libcryptolib_cps.so", str(world.module)))
    for entry in installed.parent.iterdir():
        if entry.name not in (installed.name, policies.parent.name):
            (own / entry.name).symlink_to(entry)
    return Path(shutil.copy2(installed, own))


def policy(portal: Portal, start: browsing.Start) -> None:
    log_in(portal, start())


STORIES = (
    *browsing.stories("Firefox", _opened, _APDUS, (TLS_1_2, TLS_1_3, LATE)),
    browsing.story(
        "Firefox", _opened, "SSL_005 pkcs11-tool at the same time", browsing.beside_another_program, TLS_1_2
    ),
    browsing.story("Firefox", _opened_with_policy, "module registered by a policy", policy, TLS_1_2),
)
