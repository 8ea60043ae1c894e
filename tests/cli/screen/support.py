"""The screen without any card: its threads do not start, and what they would report is reported by the test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from cryptolib.cli.cards import ReaderState
from cryptolib.cli.context import Context
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Output
from cryptolib.cli.screen.app import Gestion
from cryptolib.cli.screen.menu import MenuMessages
from cryptolib.cli.screen.threads import ReaderWatch, Work
from cryptolib.cli.watch import Snapshot

Steps = Callable[[Gestion, Pilot[None]], Awaitable[None]]

EMPTY = Snapshot(ReaderState.EMPTY)
ONE = Snapshot(ReaderState.CPS, "CPS4", "1")
TWO = Snapshot(ReaderState.CPS, "CPS4", "2")


def screen(language: str = "fr", reader: str | None = None) -> Gestion:
    messages: Messages = MenuMessages(language)
    return Gestion(Context(messages, Output(messages), json=False), reader)


def run_screen(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, app: Gestion | None = None, size: tuple[int, int] = (80, 24)
) -> Gestion:
    """The steps, in the screen; returns that, closed."""
    monkeypatch.setattr(ReaderWatch, "start", lambda self: None)
    app = app or screen()

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await steps(app, pilot)

    asyncio.run(run())
    return app


def without_work(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Record the actions in place of running them."""
    asked: list[object] = []
    monkeypatch.setattr(Work, "start", lambda self, work: asked.append(work))
    return asked
