"""The screen: what the threads report is shown at once, and it closes in an orderly way whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Static

from cryptolib.cli.cards import ReaderState, Tries
from cryptolib.cli.failure import Failure
from cryptolib.cli.screen import session
from cryptolib.cli.screen.app import Gestion
from cryptolib.cli.screen.events import ActionEnded, CardWorking, ContentAdded, DefectFound, PaneCleared, ReadersSeen
from cryptolib.cli.screen.threads import Work
from cryptolib.cli.screen.widgets import Menu, Pane, StateLine
from cryptolib.cli.watch import Snapshot, changes
from tests.cli.screen.support import EMPTY, ONE, TWO, run_screen, screen, without_work


def said(app: Gestion, what: str) -> str:
    """The text of a part of the screen."""
    return "\n".join(str(each.content) for each in app.query(f"{what}").results(Static))


def test_the_first_card_is_read_as_soon_as_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = without_work(monkeypatch)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ReadersSeen({"R": ONE}, []))
        await pilot.pause()
        assert said(app, "#state") == "R : CPS4, n° 1"

    run_screen(steps, monkeypatch)
    assert len(asked) == 1


def test_a_card_that_goes_and_another_that_comes_are_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = without_work(monkeypatch)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ReadersSeen({"R": ONE}, []))
        for before, after, text in ((ONE, EMPTY, "R : pas de carte"), (EMPTY, TWO, "R : CPS4, n° 2")):
            app.post_message(ReadersSeen({"R": after}, list(changes({"R": before}, {"R": after}))))
            await pilot.pause()
            assert said(app, "#state") == text

    app = run_screen(steps, monkeypatch)
    assert len(asked) == 3
    assert [line.split("  ")[-1] for line in app.state.journal.lines] == [
        "CPS4, n° 1 : retirée",
        "CPS4, n° 2 : insérée",
    ]


def test_a_change_in_another_reader_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = without_work(monkeypatch)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        before, after = {"A": ONE, "B": EMPTY}, {"A": ONE, "B": TWO}
        app.post_message(ReadersSeen(before, []))
        app.post_message(ReadersSeen(after, list(changes(before, after))))
        await pilot.pause()
        assert said(app, "#state") == "A : CPS4, n° 1"

    run_screen(steps, monkeypatch)
    assert len(asked) == 1


def test_a_changed_number_of_tries_updates_the_data_on_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = without_work(monkeypatch)
    told = []

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        for now in (ONE, replace(ONE, code=Tries.LOW), replace(ONE, code=Tries.LOW), replace(ONE, code=Tries.LOCKED)):
            app.post_message(ReadersSeen({"R": now}, []))
            await pilot.pause()
            told.append((len(asked), said(app, "#state")))
            if len(asked) == 2:
                app.begin("read_certificates")
        app.post_message(ReadersSeen({"R": replace(ONE, code=Tries.LAST)}, []))
        await pilot.pause()
        told.append((len(asked), said(app, "#state")))

    run_screen(steps, monkeypatch)
    assert told == [
        (1, "R : CPS4, n° 1"),
        (2, "▲ Code porteur : un essai de moins   R : CPS4, n° 1"),
        (3, "▲ Code porteur : un essai de moins   R : CPS4, n° 1"),
        (3, "✖ Code porteur bloqué   R : CPS4, n° 1"),
        (3, "▲ Code porteur : dernier essai   R : CPS4, n° 1"),
    ]


def test_an_entry_chosen_while_the_card_is_read_runs_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user does not see that the card is being read."""
    monkeypatch.setattr("cryptolib.cli.screen.app.act", lambda state, name: done.append(name))
    done: list[str] = []
    asked: list[Callable[[], None]] = []

    def start(work: Work, what: Callable[[], None]) -> None:
        asked.append(what)
        monkeypatch.setattr(Work, "busy", True)

    monkeypatch.setattr(Work, "start", start)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ReadersSeen({"R": ONE}, []))
        app.post_message(ReadersSeen({"R": replace(ONE, code=Tries.LOW)}, []))
        await pilot.pause()
        app.begin("enter_code")
        for _ in range(2):
            monkeypatch.setattr(Work, "busy", False)
            app.post_message(ActionEnded())
            await pilot.pause()
        for what in asked:
            what()

    run_screen(steps, monkeypatch)
    assert done == ["read_data", "enter_code"]


def test_a_card_that_was_in_use_is_read_once_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = without_work(monkeypatch)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        for now in (Snapshot(ReaderState.BUSY), ONE, Snapshot(ReaderState.BUSY), ONE):
            app.post_message(ReadersSeen({"R": now}, []))
            await pilot.pause()

    run_screen(steps, monkeypatch)
    assert len(asked) == 2


def test_only_the_named_reader_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    without_work(monkeypatch)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ReadersSeen({"A": ONE, "B": EMPTY}, []))
        await pilot.pause()
        assert said(app, "#state") == "B : pas de carte"

    run_screen(steps, monkeypatch, screen(reader="b"))


def test_no_reader_at_all_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    without_work(monkeypatch)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ReadersSeen({}, []))
        await pilot.pause()
        assert said(app, "#state") == "aucun lecteur"

    run_screen(steps, monkeypatch)


def test_a_module_that_does_not_start_is_reported_and_the_screen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(DefectFound(Failure("status.module_failed", path="/m.so", detail="?")))
        await pilot.pause()
        assert "Le module /m.so ne se charge pas" in said(app, "#pane Static")

    run_screen(steps, monkeypatch)


def test_the_screen_shows_seconds_while_the_card_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(state: object, name: str) -> None:
        time.sleep(1)

    monkeypatch.setattr("cryptolib.cli.screen.app.act", slow)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.begin("read_data")
        app.post_message(CardWorking("Lecture de la carte…"))
        await pilot.press("f1")
        assert app.work.busy
        assert said(app, "#state") == "Lecture de la carte… 0 s"
        assert "q ferme la fenêtre" in said(app, "#pane Static")
        app.begin("change_code")  # nothing: the card does one thing at a time

    run_screen(steps, monkeypatch)


def test_leaving_waits_for_the_card_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = without_work(monkeypatch)
    monkeypatch.setattr("cryptolib.cli.screen.threads.Work.busy", True)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        await pilot.press("q")
        assert app.is_running and "La carte travaille encore" in said(app, "#state")
        app.post_message(ActionEnded())
        await pilot.pause()
        assert not app.is_running

    run_screen(steps, monkeypatch)
    assert asked == []


def test_content_after_a_clear_replaces_the_pane(monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        for event in (ContentAdded(Text("un")), ContentAdded(Text("deux")), PaneCleared()):
            app.post_message(event)
        await pilot.pause()
        assert said(app, "#pane Static") == "un\ndeux"
        app.post_message(ContentAdded(Text("trois")))
        await pilot.pause()
        assert said(app, "#pane Static") == "trois"

    run_screen(steps, monkeypatch)


def test_the_summary_is_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ContentAdded(Text("ligne\n" * 50)))
        await pilot.pause()
        assert app.query_one(Pane).scroll_y == 0
        app.context.output.line("Tout fonctionne.")
        pane = app.query_one(Pane)
        for _ in range(100):  # it gets its place first
            await pilot.pause(0.02)
            if pane.scroll_y == pane.max_scroll_y > 0:
                return
        raise AssertionError(pane.scroll_y)

    run_screen(steps, monkeypatch)


def test_content_after_the_summary_leaves_it_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.context.output.line("Mauvais code porteur.")
        app.post_message(ContentAdded(Text("ligne\n" * 50)))
        for _ in range(10):
            await pilot.pause(0.02)
        assert app.query_one(Pane).scroll_y == 0

    run_screen(steps, monkeypatch)


def test_keys_go_from_the_menu_to_the_text_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        assert isinstance(app.focused, Menu)
        await pilot.press("tab")
        assert isinstance(app.focused, Pane)
        await pilot.press("escape")
        assert isinstance(app.focused, Menu)

    run_screen(steps, monkeypatch)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 12), (20, 6), (200, 60), (5, 3)])
def test_every_terminal_size_works(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ContentAdded(Text("texte " * 200)))
        await pilot.press("pagedown", "down", "f1")
        assert app.query_one(StateLine).region.height == 1

    run_screen(steps, monkeypatch, size=size)


def test_a_defect_report_contains_no_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Textual would print the local variables, and one of them may be a code."""

    def broken(self: Gestion) -> None:
        code = "9876"
        raise ValueError(code)

    app = screen()
    monkeypatch.setattr(Gestion, "action_help", broken)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        await pilot.press("f1")

    with pytest.raises(ValueError):
        run_screen(steps, monkeypatch, app)
    assert isinstance(app.defect, ValueError)
    assert "9876" not in "".join(capsys.readouterr())


def test_a_defect_ends_the_command_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(self: Gestion) -> None:
        self.defect = ValueError("9876")

    monkeypatch.setattr(Gestion, "run", run)
    with pytest.raises(Failure) as caught:
        session.run(screen().context, None)
    assert (caught.value.key, caught.value.values) == ("failure.screen", {"detail": "ValueError"})
