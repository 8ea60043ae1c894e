"""The dialogs: one for each kind of question, at the lower end of the pane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.screen.code_field import CodeField
from cryptolib.cli.screen.questions import (
    CardQuestion,
    ChoiceQuestion,
    CodeQuestion,
    ConfirmQuestion,
    LineQuestion,
    Question,
)
from cryptolib.cli.screen.widgets import Choices


class Frame(Vertical):
    """The part of the screen that a dialog covers."""

    class Sized(Message):
        def __init__(self, height: int) -> None:
            super().__init__()
            self.height = height

    def __init__(self) -> None:
        super().__init__(id="dialog")

    def on_resize(self) -> None:
        self.post_message(self.Sized(self.outer_size.height))


class Dialog(ModalScreen[None]):
    """Ends with the answer to its question, or when the question is cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", show=False)]
    keys = "gestion.dialog.keys"

    def __init__(self, question: Question[Any], messages: Messages) -> None:
        super().__init__()
        self.question = question
        self.messages = messages

    def compose(self) -> ComposeResult:
        with Frame():
            if self.question.notice:
                yield Static(self.question.notice, id="notice", markup=False)
            yield Static(self.question.prompt, id="prompt", markup=False)
            yield from self.widgets()
            yield Static(self.messages.text(self.keys), id="dialog-keys", markup=False)

    def widgets(self) -> Iterator[Widget]:
        """The widgets that take the answer."""
        return iter(())

    def action_give_up(self) -> None:
        self.question.give_up()
        self.dismiss()

    def _answer(self, answer: object) -> None:
        self.question.answer(answer)
        self.dismiss()


class CodeDialog(Dialog):
    def widgets(self) -> Iterator[Widget]:
        yield CodeField()

    def on_code_field_typed(self, event: CodeField.Typed) -> None:
        self._answer(self.query_one(CodeField).take())


class LineDialog(Dialog):
    def widgets(self) -> Iterator[Widget]:
        yield Input(compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._answer(event.value.strip())


class ConfirmDialog(Dialog):
    """Enter answers no."""

    def widgets(self) -> Iterator[Widget]:
        yield Choices(map(Option, (self.messages.text("gestion.no"), self.messages.text("gestion.yes"))))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._answer(event.option_index == 1)


class ChoiceDialog(Dialog):
    question: ChoiceQuestion

    def widgets(self) -> Iterator[Widget]:
        yield Choices(map(Option, self.question.choices))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._answer(event.option_index)


class CardDialog(Dialog):
    keys = "gestion.dialog.escape"


_DIALOGS: dict[type[Question[Any]], type[Dialog]] = {
    CodeQuestion: CodeDialog,
    ConfirmQuestion: ConfirmDialog,
    LineQuestion: LineDialog,
    ChoiceQuestion: ChoiceDialog,
    CardQuestion: CardDialog,
}


def dialog(question: Question[Any], messages: Messages) -> Dialog:
    return _DIALOGS[type(question)](question, messages)
