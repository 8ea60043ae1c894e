"""Firefox with its windows, which finds the module in the NSS database of its profile."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.peers import browsing
from conformance.peers.browsing import LATE, TLS_1_2, TLS_1_3
from conformance.peers.desktop import Desktop
from conformance.peers.mozilla import Preferences, write_preferences
from conformance.peers.nss import make_database
from conformance.peers.session_bus import start_session_bus
from conformance.peers.windows import BrowserWindows, Titles
from conformance.peers.world import World

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
_APDUS = {"cps3": 54, "cps4": 43}


class Firefox(BrowserWindows):
    titles = Titles("Password Required", "Warning: Security Risk — Mozilla Firefox")

    def __init__(self, world: World, desktop: Desktop, profile: Path) -> None:
        super().__init__(world, desktop)
        self._profile = profile

    def command(self, url: str) -> tuple[str, ...]:
        return ("firefox-esr", "--profile", str(self._profile), url)

    def choose_certificate(self) -> None:
        """It does that itself."""


@contextmanager
def _opened(world: World) -> Iterator[browsing.Start]:
    model = world.directory / "firefox"
    make_database(world, model)
    write_preferences(model, _PREFERENCES)
    start_session_bus(world)
    with Desktop(world) as desktop:
        yield lambda: Firefox(world, desktop, _copied(model))


def _copied(model: Path) -> Path:
    profile = Path(tempfile.mkdtemp(dir=model.parent, prefix="firefox-"))
    return shutil.copytree(model, profile, dirs_exist_ok=True)


STORIES = browsing.stories("Firefox", _opened, _APDUS, (TLS_1_2, TLS_1_3, LATE))
