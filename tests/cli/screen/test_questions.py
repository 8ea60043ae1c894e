"""A question waits in its own thread for the one answer that it gets, and keeps none."""

from __future__ import annotations

import pytest

from cryptolib.cli.code import Code
from cryptolib.cli.failure import Failure
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.screen.asking import ScreenQuestions
from cryptolib.cli.screen.events import Event, QuestionAsked
from cryptolib.cli.screen.journal import Journal
from cryptolib.cli.screen.output import PaneOutput
from cryptolib.cli.screen.questions import CodeQuestion, ConfirmQuestion

NONE = Code(bytearray())


def test_the_answer_is_handed_over_once() -> None:
    question, code = CodeQuestion("Code porteur : ", NONE), Code(bytearray(b"1234"))
    question.answer(code)
    assert question.wait() is code
    assert question._answers.empty()


def test_a_prompt_of_the_terminal_is_a_title_here() -> None:
    assert CodeQuestion("Code porteur actuel : ", NONE).prompt == "Code porteur actuel"


def test_giving_up_gives_the_neutral_answer() -> None:
    code, confirm = CodeQuestion("?", NONE), ConfirmQuestion("?", False)
    code.give_up()
    confirm.give_up()
    assert (code.wait(), confirm.wait()) == (NONE, False)


def test_a_failure_is_raised_in_the_waiting_thread() -> None:
    question = CodeQuestion("?", NONE)
    question.give_up(Failure("failure.removed"))
    with pytest.raises(Failure, match=r"failure\.removed"):
        question.wait()


def test_a_question_repeats_the_lines_since_the_last_one() -> None:
    """The dialog covers the lines of the pane."""
    asked: list[str] = []

    def post(event: Event) -> None:
        if isinstance(event, QuestionAsked):
            asked.append(event.question.notice)
            event.question.answer(Code(bytearray(b"12a4")))

    output = PaneOutput(Messages("fr"), Journal(), post)
    questions = ScreenQuestions(output, post)
    questions.code("Code : ")
    output.line("Il faut 4 chiffres.")
    questions.code("Code : ")
    questions.code("Code : ")
    assert asked == ["", "Il faut 4 chiffres.", ""]
