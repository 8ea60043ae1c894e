"""The questions of the screen. A thread that asks one waits for the answer."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from typing import Generic, TypeVar

from cryptolib.cli.code import Code
from cryptolib.cli.failure import Failure

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """A question with one answer; `nothing` is the answer of a user who cancels."""

    of_card = False
    """Whether it makes no sense any more when the card is taken away."""

    def __init__(self, prompt: str, nothing: Answer, notice: str = "") -> None:
        self.prompt = prompt.rstrip(" \N{NO-BREAK SPACE}:")
        self.notice = notice
        self._nothing = nothing
        self._answers: SimpleQueue[Answer | Failure] = SimpleQueue()

    def answer(self, answer: Answer) -> None:
        self._answers.put(answer)

    def give_up(self, reason: Failure | None = None) -> None:
        self._answers.put(self._nothing if reason is None else reason)

    def wait(self) -> Answer:
        """The answer. Raises the reason if the question was cancelled for one."""
        answer = self._answers.get()
        if isinstance(answer, Failure):
            raise answer
        return answer


class CodeQuestion(Question[Code]):
    """Whoever presents the code wipes it."""

    of_card = True


class ConfirmQuestion(Question[bool]):
    of_card = True


class LineQuestion(Question[str]):
    """A text that may be shown."""


class ChoiceQuestion(Question[int | None]):
    def __init__(self, prompt: str, choices: Sequence[str], *, of_card: bool = False) -> None:
        super().__init__(prompt, None)
        self.choices, self.of_card = choices, of_card


class CardQuestion(Question[None]):
    """Asks for another card; inserting one is the answer."""
