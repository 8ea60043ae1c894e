"""Reads and uses the windows of a browser."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from conformance.clients.browsers.desktop import Desktop
from conformance.clients.support.client_environment import ClientEnvironment, wait_until

START_SECONDS = 60
"""What a browser may take to start and to ask its first question, on a machine that has much else to do."""


@dataclass(frozen=True, slots=True)
class Titles:
    """The window titles of a browser."""

    question: str
    """Of the one that asks for the code porteur: the beginning."""
    error: str
    """Of the main one, when its page says what went wrong."""
    keypad: str = "none"
    """Of the one that says that the code is typed on the reader."""


class BrowserWindows(ABC):
    """One running browser, from its first visit to the end of the test."""

    titles: Titles

    def __init__(self, environment: ClientEnvironment, desktop: Desktop) -> None:
        self.environment = environment
        self.desktop = desktop
        self._pid = 0

    @abstractmethod
    def command(self, url: str) -> tuple[str, ...]:
        """The command that starts the browser at a page, or opens another page in it."""

    def visit(self, url: str) -> None:
        """Later visits open new tabs, like a link in another program."""
        if self._pid:
            self.environment.run(*self.command(url))
        else:
            self._pid = self.environment.start(*self.command(url)).pid

    def asks_code(self) -> bool:
        return bool(self.question())

    def type_code(self, code: str) -> None:
        question = wait_until(self.question, "the question for the code porteur", START_SECONDS)
        self.desktop.take_screenshot("question")
        self.desktop.enter(question, code)
        wait_until(lambda: self.question() != question, "the question has gone")

    def points_to_keypad(self) -> bool:
        """True while it tells the user to type the code on the reader."""
        return self.titles.keypad in self.desktop.windows(self._pid).values()

    def type_no_code(self) -> bool:
        question = self.question()
        if question:
            self.desktop.turn_to(question)
            self.desktop.press("Escape")
        return bool(question)

    def page(self) -> str:
        return next(iter(self._seen(question=False).values()), "")

    def shows_error(self) -> bool:
        return self.page() == self.titles.error

    def main(self) -> str:
        """The main window; empty if it is not there (yet)."""
        return next(iter(self._seen(question=False)), "")

    def question(self) -> str:
        """The window that asks for the code porteur; empty if it is not there."""
        return next(iter(self._seen(question=True)), "")

    def _seen(self, *, question: bool) -> dict[str, str]:
        windows = self.desktop.windows(self._pid)
        return {window: title for window, title in windows.items() if self._asks(title) is question}

    def _asks(self, title: str) -> bool:
        return title.startswith(self.titles.question)
