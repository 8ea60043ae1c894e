"""Chromium with its windows, which finds the module in the NSS database of its user."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.peers import browsing
from conformance.peers.authority import HOST
from conformance.peers.desktop import Desktop
from conformance.peers.nss import make_database
from conformance.peers.world import World, eventually

_OPTIONS = (
    "--no-sandbox",  # it insists on one, and root has none
    "--password-store=basic",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-default-browser-check",
)
_ENDING = " - Chromium"
_QUESTION = "Unlock Security Device"
_BETWEEN_KEYS_SECONDS = 0.7
_APDUS = {"cps3": 54, "cps4": 44}


class Chromium:
    """One instance, from its first visit to the end of the story."""

    def __init__(self, world: World, desktop: Desktop, profile: Path) -> None:
        self._world = world
        self._desktop = desktop
        self._profile = profile
        self._pid = 0
        self._pressed = 0.0

    def visit(self, url: str) -> None:
        """Later visits are new tabs, as of a link in another program."""
        if self._pid:
            self._world.run(*self.command(url))
        else:
            self._pid = self._world.start(*self.command(url)).pid

    def command(self, url: str) -> tuple[str, ...]:
        """What starts this instance at a page, or has it open one more."""
        return ("chromium", *_OPTIONS, f"--user-data-dir={self._profile}", url)

    def trust_server(self) -> None:
        """Waits for the warning about the server, and types what lets those pass who know what they do."""
        eventually(lambda: self.page().startswith("Privacy error"), "the warning about the server")
        self._desktop.turn_to(self._window(question=False))
        self._desktop.type("thisisunsafe")

    def asks_code(self) -> bool:
        return bool(self._window(question=True))

    def type_code(self, code: str) -> None:
        question = eventually(lambda: self._window(question=True), "the question for the code porteur")
        self._desktop.turn_to(question)
        self._desktop.type(f"{code}\n")
        eventually(lambda: self._window(question=True) != question, "the question has gone")

    def type_no_code(self) -> bool:
        question = self._window(question=True)
        if question:
            self._desktop.turn_to(question)
            self._desktop.press("Escape")
        return bool(question)

    def choose_certificate(self) -> None:
        """With Return, which does no harm when nothing is offered.

        The dialog is no window of its own that could be waited for, and it takes no notice of keys in its first half
        second, nor of keys in haste.
        """
        window = self._window(question=False)
        if window and time.monotonic() > self._pressed + _BETWEEN_KEYS_SECONDS:
            self._desktop.turn_to(window)
            self._desktop.press("Return")
            self._pressed = time.monotonic()

    def page(self) -> str:
        return next(iter(self._titles(question=False).values()), "")

    def shows_error(self) -> bool:
        return self.page() == f"{HOST}{_ENDING}"

    def _window(self, *, question: bool) -> str:
        """The question for the code porteur, or the main window; nothing when it is not there."""
        return next(iter(self._titles(question=question)), "")

    def _titles(self, *, question: bool) -> dict[str, str]:
        windows = self._desktop.windows(self._pid)
        return {window: title for window, title in windows.items() if (title == _QUESTION) is question}


@contextmanager
def _opened(world: World) -> Iterator[browsing.Start]:
    make_database(world, world.home / ".pki" / "nssdb")
    with Desktop(world) as desktop:
        yield lambda: Chromium(world, desktop, Path(tempfile.mkdtemp(dir=world.directory, prefix="chromium-")))


STORIES = browsing.stories("Chromium", _opened, _APDUS)
