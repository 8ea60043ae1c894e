"""Runs a command with a time limit and leaves no process: ``python -m conformance.testbed.bounded SECONDS COMMAND...``.

Orphans of the command become children of this process (PR_SET_CHILD_SUBREAPER), whatever session they are in. After the
time limit all of them are killed, and the exit status is 124, as with timeout(1). A process that outlives the command
is named and killed, and the run fails.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType

TIMED_OUT = 124
LEFT_BEHIND = 125
GRACE_SECONDS = 5.0
"""How long what was started may take to end once its starter has."""

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_SECONDS = 0.05


class _Stopped(Exception):
    """A signal told this process to end."""


def run(seconds: float, command: list[str], grace: float = GRACE_SECONDS) -> int:
    """The command's exit status, or that of a time-out or a left-over process."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for stop in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(stop, _raise_stopped)
    child = subprocess.Popen(command)
    try:
        status = child.wait(seconds)
    except subprocess.TimeoutExpired:
        _say(f"not done after {seconds:g} s: {' '.join(command)}", _alive())
        return _end(TIMED_OUT)
    except _Stopped as stop:
        return _end(128 + stop.args[0])
    left = _left_after(grace)
    if left:
        _say(f"left behind by {' '.join(command)}", left)
        return _end(LEFT_BEHIND)
    return status if status >= 0 else 128 - status


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise _Stopped(number)


def _left_after(grace: float) -> dict[int, str]:
    deadline = time.monotonic() + grace
    while (left := _alive()) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    return left


def _end(status: int) -> int:
    """Kill until nothing is left: a process may be starting another one."""
    for stop in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(stop, signal.SIG_IGN)
    while alive := _alive():
        for number in alive:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(_LOOK_SECONDS)
    return status


def _alive() -> dict[int, str]:
    """The command line of every process below this one; reaps those that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    parents = dict(_parents())
    below = {os.getpid()}
    while more := {number for number, parent in parents.items() if parent in below} - below:
        below |= more
    return {number: _command_line(number) for number in below - {os.getpid()}}


def _parents() -> Iterator[tuple[int, int]]:
    """Process and parent of every running process; zombies are left out."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    yield int(entry.name), int(parent)


def _command_line(number: int) -> str:
    with suppress(OSError):
        return (Path("/proc") / str(number) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _say(what: str, processes: dict[int, str]) -> None:
    print(f"bounded: {what}", file=sys.stderr)
    for number, line in sorted(processes.items()):
        print(f"bounded:   {number} {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(run(float(sys.argv[1]), sys.argv[2:]))
