"""The worker's process seen from outside: reused while it answers; its end or its silence is an answer too."""

from __future__ import annotations

import json
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.testbed.cryptoki import CKR

_ROOT = Path(__file__).parents[3]
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.002


class ProcessEnded(Exception):
    """The worker crashed or hung; the text says which, and it has been replaced."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one order."""

    result: object
    refused: tuple[str, CKR] | None
    wrong: str | None
    seconds: float
    overruns: list[str]

    @property
    def code(self) -> CKR:
        return CKR.OK if self.refused is None else self.refused[1]


class Process:
    """One worker at a time, started when it is needed."""

    def __init__(self, env: Mapping[str, str], errors: Path) -> None:
        self._env = dict(env)
        self._errors = errors
        self._process: subprocess.Popen[bytes] | None = None

    def order(self, *words: str, seconds: float) -> Answer:
        """The answer to an order that takes no longer than that."""
        self._start()
        self._send(json.dumps(words))
        return self._answer(self._listen(seconds))

    def run_in_steps(self, seconds: float, meanwhile: Callable[[], None], between: Callable[[], None]) -> Answer:
        """As `order` for a run; `meanwhile` is called repeatedly during calls, `between` after each."""
        self._start()
        self._send(json.dumps(["run in steps"]))
        deadline = time.monotonic() + seconds
        while (said := self._listen(deadline - time.monotonic(), meanwhile)) == "step":
            between()
            self._send("go")
        return self._answer(said)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> None:
        if self._process is not None:
            return
        with self._errors.open("ab") as errors:
            command = [sys.executable, "-m", "conformance.robustness.faults.worker"]
            self._process = subprocess.Popen(
                command, env=self._env, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        assert self._listen(_START_SECONDS) == "ready"

    def _send(self, line: str) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer that does not come says how it ended

    def _listen(self, seconds: float, meanwhile: Callable[[], None] | None = None) -> object:
        assert self._process is not None and self._process.stdout is not None
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not selector.select(_LOOK_SECONDS if meanwhile else max(0.0, deadline - time.monotonic())):
                if time.monotonic() > deadline:
                    self.close()
                    raise ProcessEnded("hung")
                if meanwhile is not None:
                    meanwhile()
        line = self._process.stdout.readline()
        if not line:
            raise ProcessEnded(self._last_words())
        return json.loads(line)

    def _last_words(self) -> str:
        assert self._process is not None
        status = self._process.wait()
        self.close()
        return f"crashed ({signal.Signals(-status).name if status < 0 else f'status {status}'})"

    @staticmethod
    def _answer(said: object) -> Answer:
        assert isinstance(said, dict)
        refused = said["refused"]
        return Answer(
            said["result"],
            None if refused is None else (refused[0], CKR(refused[1])),
            said["wrong"],
            said["seconds"],
            said["overruns"],
        )
