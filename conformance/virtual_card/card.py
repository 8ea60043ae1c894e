"""A card in a reader: power, answer to reset, and the transmission protocol around the chip.

ISO/IEC 7816-3:2006 clauses 10.3 (T=0) and 12.2 (APDUs over T=0); ISO/IEC 7816-4:2013 clause 5.3 (chaining).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from conformance.virtual_card import damage
from conformance.virtual_card.access import PIN_REFERENCE, PUK_REFERENCE
from conformance.virtual_card.apdu import MAXIMUM_LE, SW, Command, Response, StatusError, parse_t0, parse_t1
from conformance.virtual_card.chip import Chip
from conformance.virtual_card.faults import Action, CardMute, CardRemoved, Fault, FaultScript
from conformance.virtual_card.files import ElementaryFile, FileSystem
from conformance.virtual_card.state import CardState

_GET_RESPONSE = 0xC0
_MAXIMUM_CHAIN = 4096
_INSTEAD_OF_ANSWER = {Action.REMOVE, Action.MUTE, Action.SW, Action.ENDLESS}


class NotPowered(Exception):
    """A command was sent to a card without power."""


@dataclass(slots=True)
class _Chain:
    """The commands of a chain received so far."""

    header: tuple[int, int, int]
    data: bytes


class VirtualCard:
    """One card. ``transmit`` takes and returns the bytes on the contacts."""

    def __init__(self, name: str, atr: bytes, protocol: str, chip: Chip, state: CardState) -> None:
        self.name = name
        self.atr = atr
        self.protocol = protocol
        self.chip = chip
        self.state = state
        self.faults = FaultScript()
        self._parse = parse_t0 if protocol == "T=0" else parse_t1
        self._powered = False
        self._forget_exchange()

    def _forget_exchange(self) -> None:
        self._chain: _Chain | None = None
        self._pending = b""
        self._held: tuple[bytes, bytes] | None = None

    # Power

    def power_on(self) -> bytes:
        return self.reset()

    def reset(self) -> bytes:
        self._powered = True
        self.brown_out()
        return self.atr

    def power_off(self) -> None:
        self._powered = False

    def brown_out(self) -> None:
        """Restart the chip without a request of the reader: volatile state is lost."""
        self._forget_exchange()
        self.chip.reset()

    # Test access

    @property
    def files(self) -> FileSystem:
        return self.chip.files

    def file(self, path: str) -> ElementaryFile:
        """The file at a path such as ``3F00/0001/A001``; set its ``content`` to damage the card."""
        return self.chip.files.file(path)

    @property
    def pin_tries(self) -> int:
        return self.chip.security.pin(PIN_REFERENCE).tries

    @property
    def puk_tries(self) -> int:
        return self.chip.security.pin(PUK_REFERENCE).tries

    def restore(self) -> None:
        """Restore PIN, PUK, counters and files as issued."""
        self.state.restore_pins()
        self.chip.restore_files()

    @property
    def rsa_operations(self) -> int:
        """Private key operations since the card was made."""
        return self.chip.rsa_operations

    # Commands

    def transmit(self, command: bytes) -> bytes:
        """The answer with its status word, or the scripted fault of this command."""
        if not self._powered:
            raise NotPowered
        fault = self.faults.due(command)
        return self._process(command) if fault is None else self._go_wrong(command, fault)

    def _go_wrong(self, command: bytes, fault: Fault) -> bytes:
        if fault.action in _INSTEAD_OF_ANSWER:
            if fault.execute:
                self._process(command)
            return self._not_answered(fault)
        if fault.action is Action.RESET:
            self.brown_out()
        if fault.action is Action.HANG:
            time.sleep(fault.seconds)
        return self._damaged(command, self._process(command), fault)

    def _not_answered(self, fault: Fault) -> bytes:
        match fault.action:
            case Action.REMOVE:
                self.power_off()
                raise CardRemoved
            case Action.MUTE:
                self.brown_out()
                raise CardMute
            case Action.ENDLESS:
                return damage.ENDLESS_PART
            case _:
                return fault.sw.to_bytes(2, "big")

    @staticmethod
    def _damaged(command: bytes, answer: bytes, fault: Fault) -> bytes:
        match fault.action:
            case Action.TRUNCATE:
                return answer[: fault.length]
            case Action.HALF:
                return answer[: len(answer) // 2]
            case Action.LENGTHEN:
                return damage.lengthened(command, answer, fault.length)
            case Action.GARBLE:
                return damage.garbled(answer)
            case Action.FLIP:
                return damage.flipped(answer, fault.bit)
            case _:
                return answer

    def _process(self, command: bytes) -> bytes:
        try:
            response = self._answer(command)
        except StatusError as error:
            response = Response(sw=error.sw)
        return response.data + response.sw.to_bytes(2, "big")

    def _answer(self, raw: bytes) -> Response:
        command = self._parse(raw)
        if self.protocol == "T=1":
            return self._answer_t1(command)
        return self._answer_t0(raw, command)

    def _execute(self, command: Command) -> Response:
        whole = self._reassemble(command)
        return Response() if whole is None else self.chip.execute(whole)

    def _reassemble(self, command: Command) -> Command | None:
        """The complete command, or None while its chain goes on; another command ends the chain."""
        chain, self._chain = self._chain, None
        header = (command.ins, command.p1, command.p2)
        if chain is not None and chain.header != header:
            raise StatusError(SW.LAST_COMMAND_OF_CHAIN_EXPECTED)
        data = (chain.data if chain is not None else b"") + command.data
        if len(data) > _MAXIMUM_CHAIN:
            raise StatusError(SW.WRONG_LENGTH)
        if command.chained:
            self._chain = _Chain(header, data)
            return None
        return replace(command, data=data)

    # T=1: the answer, or nothing without Le; GET RESPONSE fetches the part beyond 256 bytes

    def _answer_t1(self, command: Command) -> Response:
        if command.ins == _GET_RESPONSE and self._pending:
            return self._get_response(command)
        self._pending = b""
        response = self._execute(command)
        if command.le != MAXIMUM_LE or len(response.data) <= MAXIMUM_LE:
            return self._short_answer(command, response)
        self._pending = response.data[MAXIMUM_LE:]
        return Response(response.data[:MAXIMUM_LE], self._more_data())

    @staticmethod
    def _short_answer(command: Command, response: Response) -> Response:
        if command.le is None:
            return Response(sw=response.sw)
        if len(response.data) > command.le:
            raise StatusError(SW.WRONG_LE | len(response.data) & 0xFF)
        return response

    # T=0: 61xx and GET RESPONSE after a command with data, 6Cxx when Le is not the exact length

    def _answer_t0(self, raw: bytes, command: Command) -> Response:
        if command.ins == _GET_RESPONSE and command.cla == 0:
            return self._get_response(command)
        self._pending = b""
        held, self._held = self._held, None
        if held is not None and command.le is not None and held[0] == raw[:4]:
            return self._exact_answer(raw, command, Response(held[1]))
        response = self._execute(command)
        if not response.data:
            return response
        if command.le is not None:
            return self._exact_answer(raw, command, response)
        self._pending = response.data
        return Response(sw=self._more_data())

    def _exact_answer(self, raw: bytes, command: Command, response: Response) -> Response:
        if len(response.data) != command.le:
            self._held = raw[:4], response.data
            raise StatusError(SW.WRONG_LE | len(response.data) & 0xFF)
        return response

    def _get_response(self, command: Command) -> Response:
        if command.p1p2:
            raise StatusError(SW.INCORRECT_P1P2)
        if not self._pending:
            raise StatusError(SW.CONDITIONS_NOT_SATISFIED)
        wanted = command.le or 0
        if wanted == 0 or wanted > len(self._pending):
            raise StatusError(SW.WRONG_LE | len(self._pending) & 0xFF)
        part, self._pending = self._pending[:wanted], self._pending[wanted:]
        return Response(part, self._more_data())

    def _more_data(self) -> int:
        if not self._pending:
            return SW.OK
        return 0x6100 | (len(self._pending) if len(self._pending) < MAXIMUM_LE else 0)
