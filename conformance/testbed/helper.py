"""A child process that answers one line to each line, within a time limit; it ends with its standard input."""

from __future__ import annotations

import select
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Lock

_ROOT = Path(__file__).parents[2]
_TIMEOUT = 30.0
"""Longer than anything that a helper itself waits for: what takes longer than this has no answer."""


class RigError(Exception):
    """The rig cannot do what was asked; the text says how to mend it."""


class Helper:
    def __init__(self, *command: str, env: dict[str, str] | None = None, timeout: float = _TIMEOUT) -> None:
        self._command = command
        self._timeout = timeout
        self._one_at_a_time = Lock()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            env=env,
            start_new_session=True,
        )

    def ask(self, line: str) -> str:
        """Send a line and return the answer.

        :raises RigError: if the child died or did not answer in time; with its last output.
        """
        with self._one_at_a_time:
            self.send(line)
            return self.receive(f"{line!r}: ")

    def send(self, line: str) -> None:
        """Send a line; ``receive`` gets the answer later."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def receive(self, asked: str = "") -> str:
        assert self._process.stdout is not None and self._process.stderr is not None
        ready, _, _ = select.select([self._process.stdout], [], [], self._timeout)
        if not ready:
            self._process.kill()
            raise RigError(f"{asked}no answer in {self._timeout:g} s from {' '.join(self._command)}")
        answer = self._process.stdout.readline().strip()
        if not answer:
            complaint = self._process.stderr.read().strip().splitlines()
            raise RigError(complaint[-1] if complaint else f"helper ended with {self._ended()}")
        return answer

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self._ended()

    def _ended(self) -> int:
        """The exit status. Kills a child that does not end, with its own children."""
        try:
            return self._process.wait(self._timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
