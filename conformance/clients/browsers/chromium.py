"""Chromium, which finds the module in the NSS database of its user."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from conformance.clients.browsers.browser_windows import BrowserWindows, Titles
from conformance.clients.browsers.desktop import Desktop
from conformance.clients.browsers.protected_site import StartBrowser
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.tls_clients.nss import make_database

_OPTIONS = (
    "--no-sandbox",  # root has no sandbox
    "--password-store=basic",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-default-browser-check",
)
_BETWEEN_KEYS_SECONDS = 0.7


class Chromium(BrowserWindows):
    titles = Titles("Unlock Security Device", f"{HOST} - Chromium")

    def __init__(self, environment: ClientEnvironment, desktop: Desktop, profile: Path) -> None:
        super().__init__(environment, desktop)
        self._profile = profile
        self._pressed = 0.0

    def command(self, url: str) -> tuple[str, ...]:
        return ("chromium", *_OPTIONS, f"--user-data-dir={self._profile}", url)

    def trust_server(self) -> None:
        """Wait for the warning about the server and type the key sequence that skips it."""
        wait_until(lambda: self.page().startswith("Privacy error"), "the warning about the server")
        wait_until(self.desktop.is_still, "a warning that listens")
        self.desktop.turn_to(self.main())
        self.desktop.type("thisisunsafe")

    def shows_error(self) -> bool:
        """May be the error of the last visit while this one is loading."""
        return super().shows_error() and self.desktop.is_still()

    def choose_certificate(self) -> None:
        """Press Return, which does nothing if no certificate is offered.

        The dialog is no window that could be waited for; it ignores keys in its first half second, and keys in quick
        succession.
        """
        window = self.main()
        if window and time.monotonic() > self._pressed + _BETWEEN_KEYS_SECONDS:
            self.desktop.turn_to(window)
            self.desktop.press("Return")
            self._pressed = time.monotonic()


def starter(environment: ClientEnvironment, desktop: Desktop) -> StartBrowser:
    make_database(environment, environment.home / ".pki" / "nssdb")
    return lambda: Chromium(environment, desktop, Path(tempfile.mkdtemp(dir=environment.directory, prefix="chromium-")))
