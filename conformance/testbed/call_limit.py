"""Calls with a time limit: a call that hangs fails its test, not the run."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKR
from conformance.testbed.rig import Rig

_JOIN_SECONDS = 60.0


class Late(AssertionError):
    """A call has not returned in time."""


class Call:
    """One call, running in a thread of its own."""

    def __init__(self, module: Module, name: str, *arguments: Any) -> None:
        self.name = name
        self._entry = getattr(module, name)
        self._arguments = arguments
        self._answer: CKR | None = None
        self._started = time.monotonic()
        self._ended = self._started
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        answer = self._entry(*self._arguments)
        self._ended = time.monotonic()
        self._answer = answer

    def within(self, seconds: float) -> CKR:
        """The return value; the call must return within so many seconds of its start."""
        self.thread.join(max(0.0, self._started + seconds - time.monotonic()))
        if self._answer is None:
            raise Late(f"{self.name} is not back after {time.monotonic() - self._started:.1f} s")
        if self._ended - self._started > seconds:
            raise Late(f"{self.name} took {self._ended - self._started:.1f} s, not {seconds:g}")
        return self._answer


class Calls:
    """All calls of a test. Waits at the end for those that still run, so that they do not disturb the next test."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._begun: list[Call] = []

    def begin(self, name: str, *arguments: Any) -> Call:
        call = Call(self._module, name, *arguments)
        self._begun.append(call)
        return call

    def within(self, seconds: float, name: str, *arguments: Any) -> CKR:
        return self.begin(name, *arguments).within(seconds)

    def finish(self) -> None:
        for call in self._begun:
            call.thread.join(_JOIN_SECONDS)
        assert [call.name for call in self._begun if call.thread.is_alive()] == []


@contextmanager
def frozen(rig: Rig) -> Iterator[None]:
    rig.freeze_pcscd()
    try:
        yield
    finally:
        rig.thaw_pcscd()
