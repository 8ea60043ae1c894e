"""`cps gestion` with a screen, without one, and without Textual."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.options import ScreenOptions
from cryptolib.cli.output import Output
from cryptolib.cli.screen import command

FRENCH = Messages("fr")


def run(monkeypatch: pytest.MonkeyPatch, *, plain: bool = False, json: bool = False, **terminal: Any) -> Exit:
    """At a terminal that can show a screen, but for what is said."""
    monkeypatch.setenv("TERM", terminal.get("term", "xterm"))
    monkeypatch.setattr("cryptolib.cli.screen.plain.run", lambda context, reader: Exit.OK)
    monkeypatch.setattr(command, "find_spec", lambda name: terminal.get("textual", True) or None)
    for stream in ("stdin", "stdout"):
        fake = type(
            "Stream",
            (),
            {"isatty": lambda self: terminal.get("tty", True), "encoding": terminal.get("encoding", "utf-8")},
        )
        monkeypatch.setattr(sys, stream, fake())
    return command.run(Context(FRENCH, Output(FRENCH), json), ScreenOptions(reader=None, plain=plain))


@pytest.mark.parametrize(
    "terminal",
    [
        {"plain": True, "textual": False, "tty": False},
        {"term": "dumb"},
        {"term": "unknown"},
        {"encoding": "iso8859-15"},
    ],
)
def test_lines_are_used_on_request_and_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, terminal: dict[str, Any]
) -> None:
    assert run(monkeypatch, **terminal) is Exit.OK


@pytest.mark.parametrize(
    ("terminal", "key", "code"),
    [
        ({"textual": False}, "failure.no_textual", Exit.FAILURE),
        ({"tty": False}, "failure.no_terminal", Exit.USAGE),
        ({"json": True}, "failure.gestion_json", Exit.USAGE),
    ],
)
def test_a_missing_screen_is_explained(
    monkeypatch: pytest.MonkeyPatch, terminal: dict[str, Any], key: str, code: Exit
) -> None:
    with pytest.raises(Failure) as caught:
        run(monkeypatch, **terminal)
    assert (caught.value.key, caught.value.code) == (key, code)


def test_textual_gets_no_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_LOG", "/tmp/keys")
    command._forget_settings_of_textual()
    assert [name for name in os.environ if name.startswith("TEXTUAL")] == []


@pytest.mark.parametrize("module", ["status", "codes.command", "screen.command", "screen.plain"])
def test_only_the_screen_imports_textual(module: str) -> None:
    script = f"import sys, cryptolib.cli.{module}; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0
