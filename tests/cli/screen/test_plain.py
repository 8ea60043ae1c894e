"""The menu line by line: a number chooses, nothing ends it, and what is no number costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.output import Output
from cryptolib.cli.screen import plain
from cryptolib.cli.screen.menu import MenuMessages, entries

MESSAGES = MenuMessages("fr")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was done."""
    names: list[str] = []
    monkeypatch.setattr(plain, "act", lambda state, name: names.append(name))
    return names


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> Exit:
    answers: Iterator[str] = iter(lines)

    def answer(prompt: str) -> str:
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", answer)
    return plain.run(Context(MESSAGES, Output(MESSAGES), json=False), None)


@pytest.mark.parametrize("end", [("",), ()])
def test_a_number_chooses_and_no_line_ends_it(
    monkeypatch: pytest.MonkeyPatch, done: list[str], end: tuple[str, ...]
) -> None:
    assert typed(monkeypatch, "2", " 5 ", *end) is Exit.OK
    assert done == ["change_code", "read_data"]


def test_every_entry_has_a_number(
    monkeypatch: pytest.MonkeyPatch, done: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch)
    shown = capsys.readouterr().out
    assert [entry for entry in entries() if entry.title(MESSAGES) not in shown] == []
    assert "15  Données CPS" in shown and "19  Rapport d'assistance" in shown and "\x1b" not in shown


@pytest.mark.parametrize("wrong", ["0", "20", "x", "-1", "1.5", "²"])
def test_a_wrong_number_is_asked_for_again(monkeypatch: pytest.MonkeyPatch, done: list[str], wrong: str) -> None:
    assert typed(monkeypatch, wrong, "1") is Exit.OK
    assert done == ["change_card"]
