"""Asks questions from the thread that uses the card: passes them to the screen and waits for the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from cryptolib.cli.code import Code
from cryptolib.cli.screen.events import Event, QuestionAsked
from cryptolib.cli.screen.output import PaneOutput
from cryptolib.cli.screen.questions import (
    CardQuestion,
    ChoiceQuestion,
    CodeQuestion,
    ConfirmQuestion,
    LineQuestion,
    Question,
)

Answer = TypeVar("Answer")


class ScreenQuestions:
    """Implements `Dialogue` for commands and `Questions` for the menu."""

    def __init__(self, output: PaneOutput, post: Callable[[Event], object]) -> None:
        self._output, self._post = output, post

    def code(self, prompt: str) -> Code:
        return self._ask(CodeQuestion(prompt, Code(bytearray()), self._output.take_printed()))

    def confirmed(self, question: str) -> bool:
        return self._ask(ConfirmQuestion(question, False, self._output.take_printed()))

    def line(self, prompt: str) -> str:
        return self._ask(LineQuestion(prompt, ""))

    def choice(self, prompt: str, choices: Sequence[str], *, of_card: bool = False) -> int | None:
        return self._ask(ChoiceQuestion(prompt, choices, of_card=of_card))

    def new_card(self, prompt: str) -> None:
        self._ask(CardQuestion(prompt, None))

    def _ask(self, question: Question[Answer]) -> Answer:
        self._post(QuestionAsked(question))
        return question.wait()
