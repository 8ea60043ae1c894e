"""``python -m conformance.rig --pinpad``: the keypad is the terminal, or what ``--press`` says."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.pinpad_reader.features import MODIFY_PIN_DIRECT, VERIFY_PIN_DIRECT, code_of
from conformance.testbed.card_commands import VERIFY
from conformance.testbed.keypad_application import CHANGE_CPS3
from conformance.testbed.pin_structures import PinModify, PinVerify
from conformance.testbed.pty_driver import typed
from conformance.testbed.rig import READER

ROOT = Path(__file__).parents[3]
RIG = (sys.executable, "-m", "conformance.rig", "--card", "cps3")


def application(structure: PinVerify | PinModify) -> tuple[str, ...]:
    """A program that has the reader ask for codes, and prints what came of it."""
    feature = VERIFY_PIN_DIRECT if isinstance(structure, PinVerify) else MODIFY_PIN_DIRECT
    program = shlex.join([sys.executable, "-m", "conformance.testbed.pcsc_control", READER])
    return "sh", "-c", f"echo control {code_of(feature)} {structure.packed().hex()} | {program}"


VERIFICATION = application(PinVerify(bytes.fromhex(VERIFY["cps3"]) + bytes(4)))
CHANGE = application(PinModify(CHANGE_CPS3))


def run(keys: str, *command: str) -> subprocess.CompletedProcess[str]:
    rig = (*RIG, "--press", keys, "--", *command)
    return subprocess.run(rig, cwd=ROOT, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(("keys", "answer"), [("1234 OK", "9000"), ("12 CLEAR 9999 OK", "63c2"), ("CANCEL", "6401")])
def test_the_keys_of_the_command_line(keys: str, answer: str) -> None:
    done = run(keys, *VERIFICATION)
    assert (done.returncode, done.stdout) == (0, f"ok {answer}\n"), done.stderr


def test_an_unknown_key_is_refused() -> None:
    done = run("ENTER", "true")
    assert done.returncode == 1
    assert "no such key" in done.stderr


def test_the_code_is_typed_at_the_terminal_and_not_shown() -> None:
    said = typed([*RIG, "--pinpad", "--", *VERIFICATION], ["1234"], os.environ, ROOT)
    assert "[reader] Type the code: ****" in said
    assert said.endswith("ok 9000\n")
    assert "1234" not in said


@pytest.mark.parametrize(("again", "answer"), [("4321", "9000"), ("4322", "6402")])
def test_three_codes_are_typed_one_after_the_other(again: str, answer: str) -> None:
    said = typed([*RIG, "--pinpad", "--", *CHANGE], ["1234", "4321", again], os.environ, ROOT)
    asked = [line for line in said.splitlines() if line.startswith("[reader]")]
    assert [line.rstrip("*") for line in asked] == [
        "[reader] Type the code: ",
        "[reader] Type the new code: ",
        "[reader] Type the new code again: ",
    ]
    assert said.endswith(f"ok {answer}\n")


def test_backspace_clears_and_escape_cancels() -> None:
    said = typed([*RIG, "--pinpad", "--", *VERIFICATION], ["99\x7f12\x1b"], os.environ, ROOT)
    assert "ok 6401" in said
