"""What is asked while the card is worked with. Who asks waits in a thread of its own; the screen answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Generic, TypeVar

from cryptolib.cli.codes.code import Code
from cryptolib.cli.failure import Failure
from cryptolib.cli.screen.events import Asked, Event
from cryptolib.cli.screen.output import PaneOutput

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """Asked once, answered once; `nothing` is the answer of a user who does not want to."""

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
        """Raises the reason when it was given up for one."""
        answer = self._answers.get()
        if isinstance(answer, Failure):
            raise answer
        return answer


class CodeQuestion(Question[Code]):
    """The answer is wiped by who presents it."""

    of_card = True


class ConfirmQuestion(Question[bool]):
    of_card = True


class LineQuestion(Question[str]):
    """A text that everybody may see."""


class ChoiceQuestion(Question[int | None]):
    def __init__(self, prompt: str, choices: Sequence[str]) -> None:
        super().__init__(prompt, None)
        self.choices = choices


class CardQuestion(Question[None]):
    """Another card is wanted: putting it in is the answer."""


class ScreenQuestions:
    """For the commands (`Dialogue`) and for the menu (`Questions`)."""

    def __init__(self, output: PaneOutput, post: Callable[[Event], object]) -> None:
        self._output, self._post = output, post

    def code(self, prompt: str) -> Code:
        return self._ask(CodeQuestion(prompt, Code(bytearray()), self._output.said()))

    def confirmed(self, question: str) -> bool:
        return self._ask(ConfirmQuestion(question, False, self._output.said()))

    def line(self, prompt: str) -> str:
        return self._ask(LineQuestion(prompt, ""))

    def choice(self, prompt: str, choices: Sequence[str]) -> int | None:
        return self._ask(ChoiceQuestion(prompt, choices))

    def new_card(self, prompt: str) -> None:
        self._ask(CardQuestion(prompt, None))

    def _ask(self, question: Question[Answer]) -> Answer:
        self._post(Asked(question))
        return question.wait()
