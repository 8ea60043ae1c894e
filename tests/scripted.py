"""Connections to cards that answer what a test says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptolib.iso7816.connection import Keypad
from cryptolib.iso7816.typed_code import TypedCode


class ScriptedConnection:
    """A card that answers what the script says, command by command, and accepts no other command."""

    def __init__(self, protocol: int, *exchanges: tuple[str, str]) -> None:
        """`exchanges` are commands and their answers in hexadecimal."""
        self.protocol = protocol
        self._exchanges = [(bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in exchanges]
        self.secrets: list[bytearray] = []

    def begin(self) -> None: ...

    def end(self, reset: bool = False) -> None: ...

    def was_reset(self) -> bool:
        return False

    def reset_if_alone(self) -> None: ...

    def let_go(self) -> None: ...

    def interrupt(self) -> None: ...

    def close(self) -> None: ...

    def transmit(self, command: bytes) -> bytes:
        assert self._exchanges, f"nothing is expected after the script, got {command.hex()}"
        expected, answer = self._exchanges.pop(0)
        assert command.hex() == expected.hex()
        return answer

    def transmit_secret(self, command: bytearray) -> bytes:
        self.secrets.append(command)
        return self.transmit(bytes(command))

    def keypad(self) -> Keypad | None:
        return None

    def transmit_typed(self, command: bytes, codes: Sequence[TypedCode]) -> bytes:
        raise AssertionError("nobody is asked for a code on a reader without keypad")

    def assert_finished(self) -> None:
        assert self._exchanges == []


class AnsweringConnection(ScriptedConnection):
    """A card that answers every command with what `answer` makes of it."""

    def __init__(self, protocol: int, answer: Callable[[bytes], bytes]) -> None:
        super().__init__(protocol)
        self._answer = answer
        self.count = 0

    def transmit(self, command: bytes) -> bytes:
        self.count += 1
        return self._answer(command)
