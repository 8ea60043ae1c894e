"""A field for codes: it keeps bytes that can be wiped, and shows only their number."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from cryptolib.cli.code import Code
from cryptolib.cli.codes.reading import LONGEST

_DOT, _CURSOR = "•", "_"


class CodeField(Widget, can_focus=True):
    """Textual's own field keeps its text as a `str`, which cannot be wiped, and copies it to the clipboard.

    Pasted text is ignored: it would be a `str` too.
    """

    count: reactive[int] = reactive(0)
    """How many bytes have been typed."""

    class Typed(Message):
        """The code is complete and may be taken."""

    def __init__(self) -> None:
        super().__init__()
        self._typed = bytearray(LONGEST)

    def render(self) -> str:
        return _DOT * self.count + _CURSOR

    def take(self) -> Code:
        """The code; the field keeps nothing of it."""
        code = Code(bytearray(memoryview(self._typed)[: self.count]))
        self._wipe()
        return code

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            self.post_message(self.Typed())
        elif event.key == "backspace":
            self.count = max(0, self.count - 1)
            self._typed[self.count] = 0
        elif event.key == "ctrl+u":
            self._wipe()
        elif event.character and event.is_printable:
            self._add(event.character.encode())
        else:
            return
        event.stop()
        event.prevent_default()

    def on_unmount(self) -> None:
        """Wipe the code, however the dialog ends."""
        self._wipe()

    def _add(self, character: bytes) -> None:
        if self.count + len(character) <= LONGEST:
            self._typed[self.count : self.count + len(character)] = character
            self.count += len(character)

    def _wipe(self) -> None:
        self._typed[:] = bytes(LONGEST)
        self.count = 0
