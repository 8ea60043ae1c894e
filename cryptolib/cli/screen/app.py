"""The screen of `cps gestion`: a menu, the output of commands beside it, the card in the reader below it."""

from __future__ import annotations

from asyncio import get_running_loop
from signal import SIGTERM
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList, Static

from cryptolib.cli.cards import ReaderState
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.screen.actions import run as act
from cryptolib.cli.screen.asking import ScreenQuestions
from cryptolib.cli.screen.dialogs import Dialog, Frame, dialog
from cryptolib.cli.screen.events import (
    ActionEnded,
    CardWorking,
    ContentAdded,
    DefectFound,
    PaneCleared,
    QuestionAsked,
    ReadersSeen,
    SummaryAdded,
)
from cryptolib.cli.screen.journal import Journal
from cryptolib.cli.screen.look import STYLE
from cryptolib.cli.screen.menu import FIRST, QUIT
from cryptolib.cli.screen.output import PaneOutput
from cryptolib.cli.screen.questions import CardQuestion
from cryptolib.cli.screen.state import State
from cryptolib.cli.screen.threads import ReaderWatch, Work
from cryptolib.cli.screen.tries_seen import TriesSeen, tries_text, warning
from cryptolib.cli.screen.widgets import Menu, Pane, StateLine
from cryptolib.cli.watch import Change, Snapshot, card_text

LAST_SECONDS = 10
"""How long the card may go on working after the screen is gone: nothing that it does takes longer."""
_LAST_LINES, _SHORTEST = 2, 5
"""Lines of the screen below its body; and of the body, with the title, when a dialog is high."""
_SHOW_TRIES = (FIRST.name, "change_reader")
"""The entries whose text is read again when it is no longer what the card says."""


class Gestion(App[None]):
    CSS = STYLE
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", show=False),
        Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True),
        Binding("escape", "menu", show=False),
        Binding("f1", "help", show=False),
        Binding("pageup", "scroll(-1)", show=False, priority=True),
        Binding("pagedown", "scroll(1)", show=False, priority=True),
    ]

    def __init__(self, context: Context, reader: str | None) -> None:
        super().__init__(ansi_color=True)
        self.animation_level = "none"
        self.theme = "ansi-dark"
        journal = Journal()
        output = PaneOutput(context.messages, journal, self.post_message)
        questions = ScreenQuestions(output, self.post_message)
        self.context = Context(context.messages, output, json=False, dialogue=questions)
        self.state = State(self.context, output, questions, journal, reader)
        self.work = Work(self.post_message)
        self.reader_watch = ReaderWatch(self.post_message, lambda: self.work.busy)
        self.readers: dict[str, Snapshot] = {}
        self._looked = False
        self._tries = TriesSeen()
        self._read_when: Snapshot | None = None
        self._dialog: Dialog | None = None
        self._next = ""
        self._leaving = False
        self.defect: Exception | None = None

    def compose(self) -> ComposeResult:
        yield Static(self.context.text("gestion.title"), id="title", markup=False)
        with Horizontal(id="body"):
            yield Menu(self.context.messages)
            yield Pane()
        yield StateLine()
        yield Static(self.context.text("gestion.keys"), id="keys", markup=False)

    def on_mount(self) -> None:
        self.query_one(StateLine).working(self.context.text("working.reading"))
        self.reader_watch.start()
        # Textual leaves SIGTERM to the system, and the terminal would stay as the screen had made it.
        get_running_loop().add_signal_handler(SIGTERM, self.exit)

    def end(self) -> None:
        """After the screen: end waiting questions and the use of the card."""
        if self._dialog is not None:
            self._dialog.question.give_up()
        self.work.wait(LAST_SECONDS)
        self.reader_watch.end()

    # Events of the user

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option.id == QUIT.name:
            self.action_leave()
        elif event.option.id:
            self.begin(event.option.id)

    def begin(self, name: str) -> None:
        """Run a menu entry; if another action is running, after it. Of several entries, the last one runs."""
        if self.work.busy:
            self._next = name
            return
        self._next = ""
        self._read_when = self._current_card() if name in _SHOW_TRIES else None
        self.work.start(lambda: act(self.state, name))

    def action_menu(self) -> None:
        self.query_one(Menu).focus()

    def action_help(self) -> None:
        self._read_when = None
        pane = self.query_one(Pane)
        pane.begin()
        pane.add(self.context.text("gestion.help"))

    def action_scroll(self, pages: int) -> None:
        """Also while a question is open."""
        self.screen_stack[0].query_one(Pane).turn(pages)

    def action_leave(self) -> None:
        """Leave once the card has finished; a second call does not wait."""
        self._give_up(None)
        if not self.work.busy or self._leaving:
            self.exit()
        self._leaving = True
        self.query_one(StateLine).working(self.context.text("gestion.leaving"))

    # Events of the threads

    def on_content_added(self, event: ContentAdded) -> None:
        self.query_one(Pane).add(event.content)

    def on_summary_added(self, event: SummaryAdded) -> None:
        self.query_one(Pane).show_summary()

    def on_pane_cleared(self, event: PaneCleared) -> None:
        self.query_one(Pane).begin()

    def on_card_working(self, event: CardWorking) -> None:
        if not self._leaving:
            self.query_one(StateLine).working(event.text)

    def on_question_asked(self, event: QuestionAsked) -> None:
        if self._leaving:
            event.question.give_up()
            return
        self._dialog = dialog(event.question, self.context.messages)
        self.push_screen(self._dialog, self._answered)

    def on_frame_sized(self, event: Frame.Sized) -> None:
        """Scroll so that the text about the question is visible above it."""
        self._leave_room(event.height)

    def _answered(self, _: object) -> None:
        self._dialog = None
        self._leave_room(0)

    def _leave_room(self, height: int) -> None:
        """Keep the last lines visible, and a few of them in any case."""
        base = self.screen_stack[0]
        room = min(height - _LAST_LINES, base.size.height - _LAST_LINES - _SHORTEST)
        base.query_one("#body").styles.margin = (0, 0, max(0, room), 0)

    def on_action_ended(self, event: ActionEnded) -> None:
        self.work.ended()
        self.query_one(StateLine).card(self._card())  # the user may have chosen another reader
        if self._leaving:
            self.exit()
        elif self._next:
            self.begin(self._next)

    def on_defect_found(self, event: DefectFound) -> None:
        self.query_one(StateLine).working("")
        event.failure.report(self.context)

    def on_readers_seen(self, event: ReadersSeen) -> None:
        before, self.readers = self.readers, event.readers
        for change in event.changes:
            self.state.journal.add(f"{change.reader}  {self._event_text(change)}")
        for reader, now in self._tries.changed(event.readers):
            self.state.journal.add(f"{reader}  {tries_text(self.context, now)}")
        self.query_one(StateLine).card(self._card())
        if not self._looked:
            self._looked = True
            self.query_one(StateLine).working("")
            self._read()
            return
        current = {self._current(before), self._current(self.readers)}
        if happened := [each for each in event.changes if each.reader in current]:
            self._changed(happened)
        elif self._says_otherwise():
            self._read()

    def _says_otherwise(self) -> bool:
        """Whether the card has other tries left than its text says, or is free again."""
        now = self._current_card()
        return self._read_when not in (None, now) and now is not None and now.state is ReaderState.CPS

    def _changed(self, happened: list[Change]) -> None:
        """Handle the changes in the current reader."""
        question = self._dialog.question if self._dialog else None
        if question and question.of_card and any(each.event in ("removal", "unplugged") for each in happened):
            self._give_up(Failure("failure.removed", Exit.NO_CARD))
        elif isinstance(question, CardQuestion) and any(each.event == "insertion" for each in happened):
            self._give_up(None)
        self._read()

    def _read(self) -> None:
        """Read the card. An entry that was chosen meanwhile runs first; it finds the same card."""
        self.begin(self._next or FIRST.name)

    def _give_up(self, reason: Failure | None) -> None:
        if self._dialog is not None:
            self._dialog.question.give_up(reason)
            self._dialog.dismiss()

    def _current(self, readers: dict[str, Snapshot]) -> str | None:
        """The current reader: the named one, else the first with a CPS card, else the first."""
        named = [name for name in readers if (self.state.reader or "").casefold() in name.casefold()]
        return next((name for name in named if readers[name].state is ReaderState.CPS), next(iter(named), None))

    def _current_card(self) -> Snapshot | None:
        return self.readers.get(self._current(self.readers) or "")

    def _card(self) -> str:
        reader, now = self._current(self.readers), self._current_card()
        if reader is None or now is None:
            return self.context.text("reader.none")
        card = card_text(self.context, now) or self.context.text("reader.empty")
        state = self.context.text("reader.state", name=reader, state=card)
        return f"{tries}   {state}" if (tries := warning(self.context, now)) else state

    def _event_text(self, change: Change) -> str:
        return self.context.text(f"watch.{change.event}", card=card_text(self.context, change.snapshot))

    # Errors

    def _fatal_error(self) -> None:
        """Report a defect without Textual's print of local values, which may hold a code."""
        self.defect = self._exception
        self._close_messages_no_wait()
