"""The client of the virtual card's control socket (conformance.virtual_card.control)."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from conformance.testbed.helper import RigError

LIMIT_SECONDS = 10.0
RETRY_SECONDS = 0.005


class ControlSocket:
    """A connection to the virtual card, which may still be starting."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(LIMIT_SECONDS)
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            try:
                self._socket.connect(str(path))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_SECONDS)
            else:
                return

    def command(self, line: str) -> str:
        """Send a command and return its result.

        :raises RigError: with the reason if the card refuses it, has ended, or does not answer in time.
        """
        answer = b""
        try:
            self._socket.sendall(line.encode() + b"\n")
            while not answer.endswith(b"\n"):
                part = self._socket.recv(4096)
                if not part:
                    raise RigError("the virtual card has ended")
                answer += part
        except TimeoutError:
            raise RigError(f"{line!r}: no answer in {LIMIT_SECONDS:g} s from the virtual card") from None
        verdict, _, result = answer.decode().strip().partition(" ")
        if verdict != "ok":
            raise RigError(result)
        return result

    def close(self) -> None:
        self._socket.close()
