"""The widgets: the menu, the pane with the output, the state line."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

from rich.console import RenderableType
from textual.containers import VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.screen.menu import GROUPS, QUIT

_MARK, _NO_MARK = "► ", "  "


class Choices(OptionList):
    """A list that marks the highlighted option, for screens without colours and for screen readers."""

    def __init__(self, options: Iterable[Option], id: str | None = None) -> None:  # noqa: A002 - the name is Textual's
        self._options_given = list(options)
        self._marked: int | None = None
        super().__init__(*map(_unmarked, self._options_given), id=id, markup=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        for index, mark in ((self._marked, _NO_MARK), (event.option_index, _MARK)):
            if index is not None:
                self.replace_option_prompt_at_index(index, f"{mark}{self._options_given[index].prompt}")
        self._marked = event.option_index


def _unmarked(option: Option) -> Option:
    if option.disabled:
        return option
    return Option(f"{_NO_MARK}{option.prompt}", option.id)


class Menu(Choices):
    """Each entry is an option whose id is its name."""

    def __init__(self, messages: Messages) -> None:
        options = []
        for group, members in GROUPS:
            options.append(Option(messages.text(f"gestion.group.{group}"), disabled=True))
            options += [Option(entry.title(messages), entry.name) for entry in members]
        super().__init__([*options, Option(QUIT.title(messages), QUIT.name)], id="menu")


class Pane(VerticalScroll):
    """The output of commands. It stays until there is new output."""

    can_focus = True

    def __init__(self) -> None:
        super().__init__(id="pane")
        self._over = False
        self._last: Static | None = None
        self._conclusion: Static | None = None

    def on_mount(self) -> None:
        self.watch(self, "virtual_size", self._bring_into_sight, init=False)

    def on_resize(self) -> None:
        """A question has opened or closed below."""
        self._bring_into_sight()

    def begin(self) -> None:
        """Replace the content with what is added next."""
        self._over = True

    def add(self, content: RenderableType) -> None:
        if self._over:
            self._conclusion = None
            self.remove_children()
            self.scroll_home(animate=False)
            self._over = False
        self._last = Static(content, markup=False)
        self.mount(self._last)

    def turn(self, pages: int) -> None:
        """Scroll by pages; automatic scrolling ends."""
        self._conclusion = None
        self.scroll_page_down(animate=False) if pages > 0 else self.scroll_page_up(animate=False)

    def show_summary(self) -> None:
        """Keep the last content visible; content after it may be out of sight."""
        self._conclusion = self._last
        self._bring_into_sight()

    def _bring_into_sight(self) -> None:
        """Scroll again whenever the text takes more lines: Textual places and wraps new content later."""
        if self._conclusion is not None:
            self._conclusion.call_after_refresh(self._conclusion.scroll_visible, animate=False)


class StateLine(Static):
    """The running action with its seconds, else the card in the reader."""

    def __init__(self) -> None:
        super().__init__(id="state", markup=False)
        self._working, self._card, self._since = "", "", 0.0

    def on_mount(self) -> None:
        self.set_interval(1, self._tick)

    def working(self, text: str) -> None:
        self._working, self._since = text, monotonic()
        self._tick()

    def card(self, text: str) -> None:
        self._card = text
        self._tick()

    def _tick(self) -> None:
        seconds = int(monotonic() - self._since)
        self.update(f"{self._working} {seconds} s" if self._working else self._card)
