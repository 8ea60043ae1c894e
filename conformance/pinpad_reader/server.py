"""The sockets of the reader: one for its driver in pcscd, one for whoever presses the keys."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Thread

from conformance.pinpad_reader.entry import KEYS
from conformance.pinpad_reader.options import PinpadOptions
from conformance.pinpad_reader.reader import CannotAnswer, Reader

_MESSAGE_SIZE = 4096
_CODE_SIZE = 4


class DriverConversation:
    """One call of pcscd; driver.c says what the messages are."""

    def __init__(self, connection: socket.socket, reader: Reader) -> None:
        self._connection = connection
        self._reader = reader

    def serve(self) -> None:
        """A driver that has gone ends it."""
        with self._connection, suppress(OSError):
            question = self._connection.recv(_MESSAGE_SIZE)
            if question:
                self._send(self._reply(question))

    def _reply(self, question: bytes) -> bytes:
        try:
            answer = self._reader.firewall() if question[:1] == b"T" else self._control(question[1], question[2:])
        except CannotAnswer as error:
            return b"F" + error.number.to_bytes(4, "big")
        return b"N" if answer is None else b"D" + answer

    def _control(self, slot: int, rest: bytes) -> bytes | None:
        code, data = int.from_bytes(rest[:_CODE_SIZE], "big"), rest[_CODE_SIZE:]
        return self._reader.control(slot, code, data, self)

    def transmit(self, command: bytes) -> bytes | None:
        answer = self._ask(b"A" + command)
        return answer[1:] if answer[:1] == b"R" else None

    def present(self) -> bool:
        return self._ask(b"P") == b"Y"

    def _ask(self, message: bytes) -> bytes:
        self._send(message)
        answer = self._connection.recv(_MESSAGE_SIZE)
        if not answer:
            raise ConnectionResetError
        return answer

    def _send(self, message: bytes) -> None:
        self._connection.send(message)


class Control:
    """One command a line, one line back, ``ok`` and JSON, or ``error`` and the reason.

    ``press KEY...``, ``options JSON``, ``shown``, ``complaints``, ``asking`` (whether it waits for a key), ``forget``.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._commands: dict[str, Callable[[str], object]] = {
            "press": self._press,
            "options": self._options,
            "shown": lambda _: [asdict(text) for text in reader.shown()],
            "complaints": lambda _: reader.complaints(),
            "asking": lambda _: reader.keys.active,
            "forget": lambda _: reader.forget(),
        }

    def serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rw", encoding="ascii", newline="\n") as lines:
            for line in lines:
                lines.write(self._execute(line.strip()) + "\n")
                lines.flush()

    def _execute(self, line: str) -> str:
        name, _, argument = line.partition(" ")
        try:
            return f"ok {json.dumps(self._commands[name](argument))}"
        except (KeyError, TypeError, ValueError) as error:
            return f"error {error}"

    def _press(self, argument: str) -> None:
        keys = argument.split()
        unknown = set(keys) - set(KEYS)
        if unknown:
            raise ValueError(f"no such key: {' '.join(sorted(unknown))}")
        self._reader.keys.press(keys)

    def _options(self, argument: str) -> None:
        self._reader.options = PinpadOptions(**json.loads(argument))


def listen(path: Path, kind: int, serve: Callable[[socket.socket], None]) -> None:
    """Serves each connection in a thread of its own, for as long as the program runs."""
    listener = socket.socket(socket.AF_UNIX, kind)
    listener.bind(str(path))
    listener.listen()

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            Thread(target=serve, args=(connection,), daemon=True).start()

    Thread(target=accept, daemon=True).start()
