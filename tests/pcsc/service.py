"""A PC/SC service in this process, in place of the calls that pyscard's extension and our own make."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from cryptolib.iso7816.connection import T0
from cryptolib.pcsc import connection, gate, link
from cryptolib.pcsc.scard import scard

# PCSCLITE_MAX_READERS_CONTEXTS
MOST_STATES = 16
ATR = bytes.fromhex("3B9B188001001225006480040100009044")


@dataclass
class Reader:
    """A reader as the service knows it; `events` counts the comings and goings of cards."""

    present: bool = False
    events: int = 0

    def word(self) -> int:
        state = scard.SCARD_STATE_PRESENT if self.present else scard.SCARD_STATE_EMPTY
        return int(self.events << 16 | state | scard.SCARD_STATE_CHANGED)


@dataclass
class Service:
    """Contexts are numbers; `answers` replaces the return codes of calls, each list from its front."""

    readers: dict[str, Reader] = field(default_factory=dict)
    contexts: set[int] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    running: bool = True
    protocol: int = scard.SCARD_PROTOCOL_T1
    sent: list[tuple[int, bytes]] = field(default_factory=list)
    cancelled: set[int] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)
    established: int = 0
    answering: bool = True
    """Whether the service is at work: one that is stopped by a signal is not."""
    asked: int = 0
    patience: list[int] = field(default_factory=list)
    """How long it was given each time it was asked, in milliseconds."""
    states: list[int] = field(default_factory=list)
    """What `cps_card_state` returns, one after the other."""
    statuses: list[tuple[int, int]] = field(default_factory=list)
    """State and protocol that SCardStatus tells, one after the other; else that the card is powered."""
    in_use: bool = False
    """Whether another program is connected to the cards."""
    lost_cancels: int = 0
    """How many cancellations pcsc-lite forgets."""
    waiting: int = 0
    controls: dict[int, bytes] = field(default_factory=dict)
    """What the reader answers to each control code that it knows."""
    asked_of_reader: list[tuple[int, bytes]] = field(default_factory=list)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in vars(type(self)):
            if name.startswith("SCard"):
                patch.setattr(scard, name, getattr(self, name))
        patch.setattr(gate.Gate, "service_answers", self.service_answers)
        patch.setattr(connection, "lib", self)
        patch.setattr(link, "lib", self)
        patch.setattr(gate.gate, "_answered", float("-inf"))
        patch.setattr(gate.gate, "_silent_until", float("-inf"))

    # The functions of native/service.c and native/pcsclite.c

    def service_answers(self, milliseconds: int, _keep: bool) -> int:
        self.asked += 1
        self.patience.append(milliseconds)
        return int(self.answering)

    def cps_card_state(self, _card: int) -> int:
        return self.states.pop(0) if self.states else int(scard.SCARD_S_SUCCESS)

    def cps_transmit(self, card: int, protocol: int, data: Any, length: int, room: Any, room_length: Any) -> int:
        pci = scard.SCARD_PCI_T0 if protocol == T0 else scard.SCARD_PCI_T1
        code, answer = scard.SCardTransmit(card, pci, list(data[0:length]))
        room_length[0] = len(answer)
        room[0 : len(answer)] = answer
        return int(code)

    def cps_connect(self, context: int, name: bytes, share: int, protocols: int, card: Any, protocol: Any) -> int:
        code, card[0], protocol[0] = scard.SCardConnect(context, name.decode(), share, protocols)
        return int(code)

    # The functions of pyscard's extension

    def restart(self) -> None:
        """Every handle it gave is void; its counters start again."""
        self.contexts.clear()
        for reader in self.readers.values():
            reader.events = 0

    def _code(self, call: str, context: int | None = None) -> int:
        self.calls.append(call)
        if self.answers.get(call):
            return self.answers[call].pop(0)
        if not self.running:
            return int(scard.SCARD_E_NO_SERVICE)
        if context is not None and context not in self.contexts:
            return int(scard.SCARD_E_INVALID_HANDLE)
        return int(scard.SCARD_S_SUCCESS)

    def SCardEstablishContext(self, _scope: int) -> tuple[int, int]:  # noqa: N802
        self.established += 1
        code = self._code("SCardEstablishContext")
        if code == scard.SCARD_S_SUCCESS:
            self.contexts.add(self.established)
        return code, self.established

    def SCardReleaseContext(self, context: int) -> int:  # noqa: N802
        self.contexts.discard(context)
        return self._code("SCardReleaseContext")

    def SCardListReaders(self, context: int, _groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802
        code = self._code("SCardListReaders", context)
        if code == scard.SCARD_S_SUCCESS and not self.readers:
            code = scard.SCARD_E_NO_READERS_AVAILABLE
        return code, list(self.readers)

    def SCardGetStatusChange(  # noqa: N802
        self, context: int, timeout: int, known: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        code = self._code("SCardGetStatusChange", context)
        if code != scard.SCARD_S_SUCCESS:
            return code, []
        if len(known) > MOST_STATES:
            return scard.SCARD_E_INVALID_VALUE, []
        names = [name for name, _word in known if not name.startswith("\\\\?PnP")]
        if any(name not in self.readers for name in names):
            return scard.SCARD_E_UNKNOWN_READER, []
        if timeout:
            with self.changed:
                words = [(name, word) for name, word in known if name in names]
                self.waiting += 1
                self.changed.wait_for(
                    lambda: context in self.cancelled or words != [(name, self.readers[name].word()) for name in names],
                    timeout=10,
                )
                self.waiting -= 1
            if context in self.cancelled:
                return scard.SCARD_E_CANCELLED, []
        sharing = scard.SCARD_STATE_INUSE if self.in_use else 0
        return code, [(name, self.readers[name].word() | sharing, list(self._atr(name))) for name in names]

    def SCardCancel(self, context: int) -> int:  # noqa: N802
        with self.changed:
            if self.lost_cancels:
                self.lost_cancels -= 1
            else:
                self.cancelled.add(context)
                self.changed.notify_all()
        return self._code("SCardCancel")

    def SCardConnect(self, context: int, _reader: str, share: int, _protocols: int) -> tuple[int, int, int]:  # noqa: N802
        exclusive = " exclusive" if share == scard.SCARD_SHARE_EXCLUSIVE else ""
        return self._code("SCardConnect" + exclusive, context), 77, self.protocol

    def SCardDisconnect(self, _handle: int, how: int) -> int:  # noqa: N802
        return self._code("SCardDisconnect" + (" reset" if how == scard.SCARD_RESET_CARD else ""))

    def SCardBeginTransaction(self, _handle: int) -> int:  # noqa: N802
        return self._code("SCardBeginTransaction")

    def SCardEndTransaction(self, _handle: int, how: int) -> int:  # noqa: N802
        return self._code("SCardEndTransaction" + (" reset" if how == scard.SCARD_RESET_CARD else ""))

    def SCardTransmit(self, _handle: int, pci: Any, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802
        self.sent.append((pci, bytes(command)))
        return self._code("SCardTransmit"), [0x90, 0x00]

    def SCardStatus(self, _handle: int) -> tuple[int, str, int, int, list[int]]:  # noqa: N802
        state, protocol = self.statuses.pop(0) if self.statuses else (connection.POWERED, self.protocol)
        return self._code("SCardStatus"), "Reader A", state, protocol, []

    def SCardControl(self, _handle: int, control: int, request: list[int]) -> tuple[int, list[int]]:  # noqa: N802
        self.asked_of_reader.append((control, bytes(request)))
        code = self._code("SCardControl")
        if code == scard.SCARD_S_SUCCESS and control not in self.controls:
            code = int(scard.SCARD_E_UNSUPPORTED_FEATURE)
        return code, list(self.controls.get(control, b""))

    def _atr(self, name: str) -> bytes:
        return ATR if self.readers[name].present else b""

    def insert(self, name: str) -> None:
        self._turn(name, present=True)

    def remove(self, name: str) -> None:
        self._turn(name, present=False)

    def _turn(self, name: str, present: bool) -> None:
        with self.changed:
            self.readers[name].present = present
            self.readers[name].events += 1
            self.changed.notify_all()


def connects(service: Service) -> list[str]:
    """The calls that connected or disconnected."""
    return [call for call in service.calls if "onnect" in call]
