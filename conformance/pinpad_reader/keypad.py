"""The keypad as a test has it: presses keys, and sees what the reader shows."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conformance.pinpad_reader.entry import CANCEL, CLEAR, OK, TIME_OUT
from conformance.pinpad_reader.options import PinpadOptions
from conformance.pinpad_reader.reader import Prompt

__all__ = ["CANCEL", "CLEAR", "OK", "TIME_OUT", "Keypad", "KeypadError"]

_LIMIT_SECONDS = 10.0
_RETRY_SECONDS = 0.005
_NAMED = (OK, CLEAR, CANCEL, TIME_OUT)


class KeypadError(Exception):
    """The keypad refused a request, or did not answer in time."""


class Keypad:
    """The keypad of the reader that listens at ``path``; the reader may still be starting."""

    def __init__(self, path: Path) -> None:
        self._connection = _connected(path)
        self._lines = self._connection.makefile("rw", encoding="ascii", newline="\n")

    def close(self) -> None:
        self._lines.close()
        self._connection.close()

    def press(self, *keys: str) -> None:
        """Digits, ``OK``, ``CLEAR``, ``CANCEL``; ``TIME_OUT`` lets the time pass at once.

        While the reader waits for keys they are for it. Else they are kept: each call is for one entry, with all codes
        that it asks for.
        """
        one_by_one = [key for word in keys for key in ((word,) if word in _NAMED else word)]
        self._ask(f"press {' '.join(one_by_one)}")

    def cancel(self) -> None:
        self.press(CANCEL)

    def wait_until_asked(self) -> None:
        """Returns when the reader waits for keys."""
        deadline = time.monotonic() + _LIMIT_SECONDS
        while not self.asking():
            if time.monotonic() > deadline:
                raise KeypadError(f"the reader asks for nothing in {_LIMIT_SECONDS:g} s")
            time.sleep(_RETRY_SECONDS)

    def asking(self) -> bool:
        """True while the reader waits for keys."""
        return bool(self._ask("asking"))

    def shown(self) -> list[Prompt]:
        """The texts that the reader showed since the last ``forget``."""
        return [Prompt(**text) for text in self._ask("shown")]

    def complaints(self) -> list[str]:
        """The errors in structures since the last ``forget``; the reader answered 6B80 to each."""
        return [str(each) for each in self._ask("complaints")]

    def forget(self) -> None:
        """Forget texts, errors, and keys that were pressed in advance."""
        self._ask("forget")

    def become(self, options: PinpadOptions) -> None:
        """Change the kind of reader, from the next call on."""
        self._ask(f"options {json.dumps(asdict(options))}")

    def _ask(self, line: str) -> Any:
        try:
            self._lines.write(line + "\n")
            self._lines.flush()
            verdict, _, answer = self._lines.readline().partition(" ")
        except TimeoutError:
            raise KeypadError(f"no answer in {_LIMIT_SECONDS:g} s from the keypad") from None
        if verdict != "ok":
            raise KeypadError(answer.strip() or "the keypad has ended")
        return json.loads(answer)


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_LIMIT_SECONDS)
    deadline = time.monotonic() + _LIMIT_SECONDS
    while True:
        try:
            connection.connect(str(path))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return connection
