"""The dialogs: keys alone answer them, and a code goes to who asked and nowhere else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.pilot import Pilot

from cryptolib.cli.code import Code
from cryptolib.cli.codes.reading import LONGEST
from cryptolib.cli.failure import Failure
from cryptolib.cli.screen.app import Gestion
from cryptolib.cli.screen.code_field import CodeField
from cryptolib.cli.screen.events import QuestionAsked, ReadersSeen
from cryptolib.cli.screen.questions import (
    CardQuestion,
    ChoiceQuestion,
    CodeQuestion,
    ConfirmQuestion,
    LineQuestion,
    Question,
)
from cryptolib.cli.watch import changes
from tests.cli.screen.support import EMPTY, ONE, TWO, run_screen, without_work


def code(value: bytes) -> Code:
    return Code(bytearray(value))


def code_question() -> CodeQuestion:
    return CodeQuestion("Code porteur", code(b""))


def answered(monkeypatch: pytest.MonkeyPatch, question: Question[Any], *keys: str) -> Any:
    """Both what the keys answer, and that the dialog is gone."""
    without_work(monkeypatch)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(QuestionAsked(question))
        await pilot.pause()
        assert app.screen.query("#dialog")
        await pilot.press(*keys)
        await pilot.pause()
        assert not app.screen.query("#dialog")

    run_screen(steps, monkeypatch)
    return question.wait()


@pytest.mark.parametrize(
    ("question", "keys", "answer"),
    [
        (code_question(), ("1", "2", "3", "4", "enter"), code(b"1234")),
        (code_question(), ("1", "backspace", "backspace", "2", "ctrl+u", "3", "enter"), code(b"3")),
        (code_question(), ("1", "é", "enter"), code("1é".encode())),
        (code_question(), ("enter",), code(b"")),
        (code_question(), ("1", "2", "escape"), code(b"")),
        (ConfirmQuestion("Continuer ?", False), ("enter",), False),
        (ConfirmQuestion("Continuer ?", False), ("down", "enter"), True),
        (ConfirmQuestion("Continuer ?", False), ("escape",), False),
        (LineQuestion("Dossier", ""), ("a", "b", "enter"), "ab"),
        (ChoiceQuestion("Lecteur", ["A", "B"]), ("down", "enter"), 1),
        (ChoiceQuestion("Lecteur", ["A", "B"]), ("escape",), None),
        (CardQuestion("Insérez l'autre.", None), ("escape",), None),
    ],
)
def test_each_key_gives_its_answer(
    monkeypatch: pytest.MonkeyPatch, question: Question[Any], keys: tuple[str, ...], answer: object
) -> None:
    assert answered(monkeypatch, question, *keys) == answer


def test_a_code_is_neither_shown_nor_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    without_work(monkeypatch)
    question = code_question()

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(QuestionAsked(question))
        await pilot.pause()
        field = app.screen.query_one(CodeField)
        await pilot.press("9", "8", "7", "6")
        assert str(field.render()).count("•") == 4
        assert "9876" not in app.export_screenshot()
        await pilot.press("enter")
        await pilot.pause()
        assert not any(field._typed)

    run_screen(steps, monkeypatch)
    assert question.wait() == code(b"9876")


def test_a_code_is_cut_at_the_longest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(answered(monkeypatch, code_question(), *"1" * (LONGEST + 2), "enter")) == LONGEST


@pytest.mark.parametrize("after", [{"R": EMPTY}, {"R": TWO}, {}])
def test_removing_the_card_ends_the_code_dialog(monkeypatch: pytest.MonkeyPatch, after: dict[str, Any]) -> None:
    without_work(monkeypatch)
    question = code_question()

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ReadersSeen({"R": ONE}, []))
        app.post_message(QuestionAsked(question))
        await pilot.pause()
        await pilot.press("1", "2")
        field = app.screen.query_one(CodeField)
        app.post_message(ReadersSeen(after, list(changes({"R": ONE}, after))))
        await pilot.pause()
        assert not app.screen.query("#dialog")
        assert not any(field._typed)

    run_screen(steps, monkeypatch)
    with pytest.raises(Failure, match=r"failure\.removed"):
        question.wait()


def test_the_card_dialog_ends_with_another_card(monkeypatch: pytest.MonkeyPatch) -> None:
    without_work(monkeypatch)
    question = CardQuestion("Insérez l'autre.", None)

    async def steps(app: Gestion, pilot: Pilot[None]) -> None:
        app.post_message(ReadersSeen({"R": ONE}, []))
        app.post_message(QuestionAsked(question))
        await pilot.pause()
        for before, after in (({"R": ONE}, {"R": EMPTY}), ({"R": EMPTY}, {"R": TWO})):
            assert app.screen.query("#dialog")
            app.post_message(ReadersSeen(after, list(changes(before, after))))
            await pilot.pause()
        assert not app.screen.query("#dialog")

    run_screen(steps, monkeypatch)
    assert asyncio.run(asyncio.wait_for(asyncio.to_thread(question.wait), 5)) is None
