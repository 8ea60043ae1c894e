"""The menu of `cps gestion`, with the groups, entries and words of CPS Gestion, which users and help lines know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptolib.cli.messages.language import Messages


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` is the name of a function in `cryptolib.cli.screen.actions` or `cryptolib.cli.screen.documents`."""

    name: str
    command: str = ""
    """What it is on the command line, where it is something there."""

    def title(self, messages: Messages) -> str:
        return messages.text(f"gestion.menu.{self.name}")


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "card",
        (
            Entry("change_card"),
            Entry("change_code", "cps code change"),
            Entry("unblock_code", "cps code unblock"),
            Entry("enter_code", "cps code status"),
        ),
    ),
    (
        "services",
        (
            Entry("read_data", "cps show"),
            Entry("read_situations", "cps show --situations"),
            Entry("read_certificates", "cps certificates"),
            Entry("save_certificates", "cps certificates --save"),
            Entry("check_services", "cps selftest"),
        ),
    ),
    ("reader", (Entry("check_readers", "cps status"), Entry("change_reader"))),
    (
        "show",
        (
            Entry("show_journal"),
            Entry("show_diagnosis", "cps diag"),
            Entry("show_traces"),
            Entry("show_objects", "cps show --raw"),
        ),
    ),
    (
        "documents",
        (
            Entry("sign_file", "cps sign"),
            Entry("verify_file", "cps verify"),
            Entry("write_vihf", "cps vihf"),
            Entry("make_report", "cps report"),
        ),
    ),
)
_QUOTED_COMMAND = re.compile("(« |“)(cps [^»”]+?)( »|”)")
# Advice about options does not apply here. A message with the same name below replaces it.
OF_THE_MENU = "in_menu."
_OF_THE_COMMAND_LINE = {
    "advice.failure.no_object",
    "advice.failure.no_situation",
    "advice.failure.not_confirmed",
    "advice.failure.situation",
    "advice.failure.keypad_only",
    "advice.failure.last_try",
    "advice.failure.unblocking_last_try",
    "advice.failure.several",
    "advice.signature.last_try",
}
QUIT = Entry("quit")
FIRST = Entry("read_data")
"""What is shown of a card as soon as it is there."""


def entries() -> Iterator[Entry]:
    for _, members in GROUPS:
        yield from members


class MenuMessages(Messages):
    """The messages of commands, with names of menu entries in place of commands."""

    def text(self, key: str, **values: object) -> str:
        own = f"{OF_THE_MENU}{key}"
        said = super().text(own if super().__contains__(own) else key, **values)
        return _QUOTED_COMMAND.sub(self._in_the_menu, said)

    def __contains__(self, key: str) -> bool:
        return key not in _OF_THE_COMMAND_LINE and super().__contains__(key)

    def _in_the_menu(self, found: re.Match[str]) -> str:
        opening, command, closing = found.groups()
        title = next((entry.title(self) for entry in entries() if entry.command == command), command)
        return f"{opening}{title}{closing}"
