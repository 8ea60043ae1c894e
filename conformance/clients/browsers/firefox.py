"""Firefox with its windows, which finds the module in the NSS database of its profile."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from conformance.clients.browsers.browser_windows import BrowserWindows, Titles
from conformance.clients.browsers.desktop import Desktop
from conformance.clients.browsers.mozilla import Preferences, write_preferences
from conformance.clients.browsers.protected_site import StartBrowser
from conformance.clients.browsers.session_bus import start_session_bus
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.tls_clients.nss import make_database, make_database_without_module
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


class Firefox(BrowserWindows):
    titles = Titles("Password Required", "Warning: Security Risk — Mozilla Firefox", "Protected Authentication")

    def __init__(
        self, environment: ClientEnvironment, desktop: Desktop, profile: Path, program: Path = _PROGRAM
    ) -> None:
        super().__init__(environment, desktop)
        self._profile = profile
        self._program = program

    def command(self, url: str) -> tuple[str, ...]:
        return (str(self._program), "--profile", str(self._profile), url)

    def choose_certificate(self) -> None:
        """It does that itself."""


def starter(environment: ClientEnvironment, desktop: Desktop) -> Callable[[], Firefox]:
    model = environment.directory / "firefox"
    make_database(environment, model)
    _prepare(environment, model)
    return lambda: Firefox(environment, desktop, _copy(model))


def starter_with_policy(environment: ClientEnvironment, desktop: Desktop) -> StartBrowser:
    """The profile does not name the module: the policy of docs/clients/firefox.md must load it."""
    model = environment.directory / "firefox"
    make_database_without_module(environment, model)
    _prepare(environment, model)
    return lambda: Firefox(environment, desktop, _copy(model), _with_policy(environment))


def _prepare(environment: ClientEnvironment, model: Path) -> None:
    write_preferences(model, _PREFERENCES)
    start_session_bus(environment)


def _copy(model: Path) -> Path:
    profile = Path(tempfile.mkdtemp(dir=model.parent, prefix="firefox-"))
    return shutil.copytree(model, profile, dirs_exist_ok=True)


def _with_policy(environment: ClientEnvironment) -> Path:
    """The installed program once more, in a folder where it finds other policies: it looks beside itself."""
    installed = Path(shutil.which(_PROGRAM) or _PROGRAM).resolve()
    own = environment.directory / "application"
    policies = own / "distribution" / "policies.json"
    policies.parent.mkdir(parents=True)
    (policy,) = blocks("For all users", "json", "docs/clients/firefox.md")
    policies.write_text(policy.replace("/usr/local/lib/libcryptolib_cps.so", str(environment.module)))
    for entry in installed.parent.iterdir():
        if entry.name not in (installed.name, policies.parent.name):
            (own / entry.name).symlink_to(entry)
    return Path(shutil.copy2(installed, own))
