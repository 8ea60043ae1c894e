"""Runs the command `cps` of the installed package as a user does."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.testbed.answer_schema import require_described
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.client import module_path

COMMAND = str(Path(sys.executable).with_name("cps"))

OK, WARNING, USAGE, FAILURE, NO_CARD, REFUSED, WRONG_CODE, BLOCKED, BUSY = range(9)
INTERRUPTED = 130
"""Its exit codes, as its man page has them."""

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    text: str
    complaint: str
    command: tuple[str, ...]

    @property
    def facts(self) -> Any:
        """The JSON output, checked against the schema of this command."""
        said = json.loads(self.text)
        require_described(self.command, said)
        return said


@dataclass(frozen=True, slots=True)
class Cps:
    env: dict[str, str]

    def __call__(self, *arguments: str, typed: str = "", **more: str) -> Answer:
        done = subprocess.run(
            [COMMAND, *arguments],
            env={**self.env, **more}, input=typed, capture_output=True, text=True, timeout=_SECONDS,
        )  # fmt: skip
        return Answer(done.returncode, done.stdout, done.stderr, arguments)

    def with_command_on_path(self) -> dict[str, str]:
        """The environment of a program that starts `cps` itself."""
        return {**self.env, "PATH": f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}"}


def in_one_line(text: str) -> str:
    """The text without frames and line breaks."""
    return " ".join(re.sub(r"[╭╮╰╯│─]", " ", text).split())


def at_a_terminal(cps: Cps, *arguments: str, answers: Sequence[tuple[str, str]] = ()) -> tuple[int, str]:
    """The exit code and the screen; types each answer once its question is shown.

    :raises AssertionError: when a question was not asked.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.execve(COMMAND, [COMMAND, *arguments], {**cps.env, "TERM": "dumb"})
    shown, seen, waiting = b"", 0, list(answers)
    while select.select([terminal], [], [], _SECONDS)[0]:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the command has ended
            break
        shown += part
        if waiting and (at := shown.find(waiting[0][0].encode(), seen)) >= 0:
            seen = at + len(waiting[0][0].encode())
            os.write(terminal, waiting.pop(0)[1].encode() + b"\n")
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert not waiting, shown.decode()
    return code, shown.decode()


def give_wrong_code(env: dict[str, str]) -> None:
    """Another application spends a try of the code porteur."""
    tool = ["pkcs11-tool", "--module", module_path(), "--login", "--pin", "env:WRONG", "--list-objects"]
    done = subprocess.run(tool, env={**env, "WRONG": WRONG_PIN.decode()}, capture_output=True, timeout=_SECONDS)
    assert done.returncode != 0, done
