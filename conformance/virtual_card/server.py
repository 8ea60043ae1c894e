"""The virtual cards in vpcd's reader: one loop that serves the reader driver and the control socket.

vpcd protocol (vsmartcard): two length bytes, then a command APDU or one control byte.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from conformance.virtual_card.card import NotPowered, VirtualCard
from conformance.virtual_card.exchange_log import Exchange, ExchangeLog
from conformance.virtual_card.faults import CardMute, CardRemoved, FaultScript
from conformance.virtual_card.latency import Latency
from conformance.virtual_card.profiles import new_card, profile_of
from conformance.virtual_card.variations import vary

_POWER_OFF, _POWER_ON, _RESET, _ATR = 0, 1, 2, 4
_RETRY_SECONDS = 0.01
_LENGTH_WITHOUT_ANSWER = bytes((0, 2))
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Reader:
    """A vpcd slot and the cards that may be put into it; each card keeps its memory while it is out."""

    def __init__(self, address: tuple[str, int], log: ExchangeLog, speed: str, state: Path | None) -> None:
        self.log = log
        self.speed = speed
        self.faults = FaultScript(lambda fault: log.event(f"fault {fault.action.value}"))
        self.inserted = False
        self.noticed = False
        self.upside_down = False
        self._address = address
        self._state = state
        self._cards: dict[str, VirtualCard] = {}
        self._card: VirtualCard | None = None
        self._driver: socket.socket | None = None

    @property
    def card(self) -> VirtualCard:
        """The card in the reader, or the last one that was."""
        if self._card is None:
            raise LookupError("no card was ever inserted")
        return self._card

    @property
    def latency(self) -> Latency:
        """The latency of `speed` for the card in the reader."""
        return Latency.parse(self.speed, profile_of(self.card.name))

    @property
    def driver(self) -> socket.socket | None:
        return self._driver

    def insert(self, profile: str, *, upside_down: bool = False) -> None:
        if self.inserted:
            self.remove()
        if profile not in self._cards:
            self._cards[profile] = new_card(profile, self._state_file(profile))
            self._cards[profile].faults = self.faults
        self._card = self._cards[profile]
        self.inserted = True
        self.upside_down = upside_down
        self.log.event(f"insert {profile}{' upside down' if upside_down else ''}")

    def vary(self, *specs: str) -> None:
        """Another card of the same profile takes the place of this one, as issued but for these variations."""
        profile = self.card.name
        card = new_card(profile, self._state)
        vary(card, *specs)
        card.faults = self.faults
        if self.inserted:
            card.power_on()
        self._cards[profile] = self._card = card
        self.log.event(f"vary {' '.join(specs)}".rstrip())

    def _state_file(self, profile: str) -> Path | None:
        """The given file for the first card; one beside it with the profile in its name for any other."""
        if self._state is None or not self._cards:
            return self._state
        return self._state.with_name(f"{self._state.stem}.{profile}{self._state.suffix}")

    def remove(self) -> None:
        self.inserted = False
        self.card.power_off()
        self.disconnect()
        self.log.event("remove")

    def connect(self) -> bool:
        """Tries to reach the driver; False when it is not listening."""
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.connect(self._address)
        except OSError:
            connection.close()
            return False
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._driver = connection
        return True

    def disconnect(self) -> None:
        self.noticed = False
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def serve(self) -> None:
        """One message of the driver."""
        message = self._receive()
        self.noticed = message is not None
        if message is None:
            self.disconnect()
        elif len(message) == 1:
            self._control(message[0])
        else:
            self._exchange(message)

    def _receive(self) -> bytes | None:
        header = self._receive_exactly(2)
        return None if header is None else self._receive_exactly(int.from_bytes(header, "big"))

    def _receive_exactly(self, size: int) -> bytes | None:
        """None after the end of the driver. The kernel clears TCP_QUICKACK by itself, so each receive sets it again."""
        assert self._driver is not None
        received = b""
        while len(received) < size:
            try:
                part = self._driver.recv(size - len(received))
                self._driver.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            except OSError:
                return None
            if not part:
                return None
            received += part
        return received

    def _send(self, payload: bytes) -> None:
        assert self._driver is not None
        try:
            self._driver.sendall(len(payload).to_bytes(2, "big") + payload)
        except OSError:
            self.disconnect()

    def _fail(self) -> None:
        """Makes vpcd report a failed transmission: a line reset in the middle of the answer (a line merely closed would
        pass for an empty answer). It opens the line again at its next poll."""
        if self._driver is not None:
            self._driver.send(_LENGTH_WITHOUT_ANSWER)
            self._driver.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.disconnect()

    def _control(self, code: int) -> None:
        """vpcd asks for the ATR to see whether a card is there, too: power is what a card upside down does not get."""
        if code == _ATR:
            self._send(self.card.atr)
        elif code == _POWER_OFF:
            self.card.power_off()
            self.log.event("power off")
        elif self.upside_down:
            self._fail()
        elif code in (_POWER_ON, _RESET):
            self.card.reset()
            self.latency.wait_for_reset()
            self.log.event("power on" if code == _POWER_ON else "reset")

    def _exchange(self, command: bytes) -> None:
        started = time.perf_counter()
        operations = self.card.rsa_operations
        response: bytes | None = None
        removed = False
        try:
            response = self.card.transmit(command)
        except CardRemoved:
            removed = True
        except (CardMute, NotPowered):
            pass
        size = len(command) + len(response or b"")
        self.latency.wait(size, self.card.rsa_operations - operations, started)
        self._record(command, response or b"", started)
        if response is None:
            self._fail()
        else:
            self._send(response)
        if response == b"":
            self.disconnect()  # vpcd waits for a body even when its length is zero
        if removed:
            self.remove()

    def _record(self, command: bytes, response: bytes, started: float) -> None:
        self.log.exchange(Exchange(command, response, (time.perf_counter() - started) * 1000))


class Server:
    """The loop: driver, control connections, and the end of an inherited pipe."""

    def __init__(self, reader: Reader, control: Path | None, execute: Callable[[str], str]) -> None:
        self._reader = reader
        self._execute = execute
        self._selector = selectors.DefaultSelector()
        self._running = True
        self._watched: socket.socket | None = None
        self._operators: dict[socket.socket, TextIO] = {}
        self._listener: socket.socket | None = None
        if control is not None:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(os.fspath(control))
            self._listener.listen()
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def stop_at_end_of(self, descriptor: int) -> None:
        """Stops the loop when the other end of a pipe is closed: its owner has gone."""
        self._selector.register(descriptor, selectors.EVENT_READ, lambda: self._owner(descriptor))

    def stop(self) -> None:
        self._running = False

    def run(self) -> None:
        while self._running:
            self._follow_driver()
            waiting = self._reader.inserted and self._reader.driver is None
            for key, _ in self._selector.select(_RETRY_SECONDS if waiting else None):
                key.data()

    def close(self) -> None:
        self._reader.disconnect()
        for operator in list(self._operators):
            self._leave(operator)
        self._selector.close()
        if self._listener is not None:
            self._listener.close()

    def _follow_driver(self) -> None:
        """Keeps the selector on the reader's present connection; opens one while a card is inserted."""
        if self._reader.inserted and self._reader.driver is None:
            self._reader.connect()
        if self._reader.driver is self._watched:
            return
        if self._watched is not None:
            self._selector.unregister(self._watched)
        self._watched = self._reader.driver
        if self._watched is not None:
            self._selector.register(self._watched, selectors.EVENT_READ, self._serve_driver)

    def _serve_driver(self) -> None:
        """A control command handled just before may have closed the line."""
        if self._reader.driver is not None:
            self._reader.serve()

    def _owner(self, descriptor: int) -> None:
        if not os.read(descriptor, 4096):
            self.stop()

    def _accept(self) -> None:
        assert self._listener is not None
        operator, _ = self._listener.accept()
        self._operators[operator] = operator.makefile("rw", encoding="utf-8", newline="\n")
        self._selector.register(operator, selectors.EVENT_READ, lambda: self._answer(operator))

    def _answer(self, operator: socket.socket) -> None:
        lines = self._operators[operator]
        line = lines.readline()
        if line:
            lines.write(self._execute(line.strip()) + "\n")
            lines.flush()
        else:
            self._leave(operator)

    def _leave(self, operator: socket.socket) -> None:
        self._selector.unregister(operator)
        self._operators.pop(operator).close()
        operator.close()
