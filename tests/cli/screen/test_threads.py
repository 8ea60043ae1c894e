"""The thread that works: one thing at a time, and its end is reported whatever happens."""

from __future__ import annotations

import pytest

from cryptolib.cli.failure import Failure
from cryptolib.cli.screen import threads
from cryptolib.cli.screen.events import ActionEnded, DefectFound, Event
from cryptolib.cli.screen.threads import ReaderWatch, Work


def test_the_end_is_reported() -> None:
    events: list[Event] = []
    work = Work(events.append)
    work.start(lambda: None)
    work.wait(10)
    assert [type(event) for event in events] == [ActionEnded]
    assert work.busy
    work.ended()
    assert not work.busy


def test_a_defect_is_reported_by_its_name_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Its text may have been made of anything."""
    events: list[Event] = []

    def broken() -> None:
        raise ValueError("9876")

    work = Work(events.append)
    work.start(broken)
    work.wait(10)
    assert isinstance(events[0], DefectFound) and events[0].failure.values == {"detail": "ValueError"}
    assert isinstance(events[1], ActionEnded)
    assert "".join(capsys.readouterr()) == ""


def test_a_module_that_does_not_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Event] = []

    def library() -> None:
        raise Failure("status.module_failed")

    monkeypatch.setattr(threads, "library", library)
    reader_watch = ReaderWatch(events.append, lambda: False)
    reader_watch.run()
    reader_watch.end()
    assert isinstance(events[0], DefectFound) and events[0].failure.key == "status.module_failed"
