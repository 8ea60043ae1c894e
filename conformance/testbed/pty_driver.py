"""Types the answers to a program's questions on a terminal: ``python pty_driver.py COMMAND...``, a line per question.

The lines come on standard input. A question is an unfinished line while the echo is off, as in every program that asks
for a code. So no code is in an argument or the environment.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_LOOK_SECONDS = 0.02
_LOCAL_FLAGS = 3
_OUTPUT_FLAGS = 1


def at_terminal(*command: str) -> tuple[str, ...]:
    """The command line that runs another one with these answers; it fails if an answer was not asked for."""
    return sys.executable, "-P", __file__, *command


def typed(command: Sequence[str], lines: Sequence[str], env: Mapping[str, str], directory: Path) -> str:
    """The output of a program on its terminal, with its questions.

    :raises AssertionError: if it failed, or did not ask for every line.
    """
    done = subprocess.run(
        at_terminal(*command), env=dict(env), cwd=directory, input="\n".join(lines), capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def main() -> int:
    lines = sys.stdin.read().splitlines()
    ours, theirs = os.openpty()
    _leave_line_ends(theirs)
    # setsid makes this the controlling terminal of the program.
    program = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *sys.argv[1:]], stdin=theirs, stdout=theirs, stderr=theirs
    )
    line, ended = b"", False
    while not ended:
        # Asked before the last look: what a program writes just before its end is there then.
        ended = program.poll() is not None
        said = _read(ours)
        ended = ended and not said
        sys.stdout.buffer.write(said)
        line = (line + said).rpartition(b"\n")[2]
        if line.rstrip(b" ").endswith(b":") and lines and not _shows_what_is_typed(theirs):
            os.write(ours, lines.pop(0).encode() + b"\n")
            line = b""
    if lines:
        print(f"{len(lines)} lines were not asked for", file=sys.stderr)
    return program.returncode or bool(lines)


def _read(terminal: int) -> bytes:
    """The output that comes within a moment."""
    ready, _, _ = select.select([terminal], [], [], _LOOK_SECONDS)
    return os.read(terminal, 65536) if ready else b""


def _shows_what_is_typed(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[_LOCAL_FLAGS] & termios.ECHO)


def _leave_line_ends(terminal: int) -> None:
    settings = termios.tcgetattr(terminal)
    settings[_OUTPUT_FLAGS] &= ~termios.OPOST
    termios.tcsetattr(terminal, termios.TCSANOW, settings)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
