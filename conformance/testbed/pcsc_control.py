"""A second PC/SC application: waits until pcscd has seen a card come or go, and uses the card as other programs do.

One request per line on standard input, one answer per line on standard output: ``ok``, or ``error`` and a PC/SC code.
``present ATR``, ``mute``, ``empty`` and ``readers N`` wait. ``disconnect leave|reset|unpower|eject`` connects and
disconnects so, ``disconnect-soon reset`` and the like at the first moment at which no transaction forbids it.
``transmit HEX HEX ...`` sends commands in one transaction and answers ``ok`` and the card's response to each.
``control CODE [HEX]`` sends the reader a control code, in decimal, and answers ``ok`` and what the reader says.
``shared`` connects and stays, ``exclusive`` as the only one, ``hold`` in a transaction; ``release`` ends it, or
``release reset`` and the like. PC/SC 5.
"""

from __future__ import annotations

import sys
import time

from smartcard.scard import (
    SCARD_E_NO_READERS_AVAILABLE,
    SCARD_E_SHARING_VIOLATION,
    SCARD_EJECT_CARD,
    SCARD_LEAVE_CARD,
    SCARD_PCI_T0,
    SCARD_PCI_T1,
    SCARD_PROTOCOL_T0,
    SCARD_PROTOCOL_T1,
    SCARD_RESET_CARD,
    SCARD_S_SUCCESS,
    SCARD_SCOPE_SYSTEM,
    SCARD_SHARE_EXCLUSIVE,
    SCARD_SHARE_SHARED,
    SCARD_STATE_EMPTY,
    SCARD_STATE_MUTE,
    SCARD_STATE_PRESENT,
    SCARD_STATE_UNAWARE,
    SCARD_UNPOWER_CARD,
    SCardBeginTransaction,
    SCardConnect,
    SCardControl,
    SCardDisconnect,
    SCardEndTransaction,
    SCardEstablishContext,
    SCardGetStatusChange,
    SCardListReaders,
    SCardReleaseContext,
    SCardTransmit,
)

_LIMIT_SECONDS = 10.0
# The event counter of a state (PC/SC 5: dwEventState, upper word).
_COUNT_SHIFT = 16
_RETRY_SECONDS = 0.005
_LOOK_MILLISECONDS = 500
_UNNOTICED_SECONDS = 3.0
_INTRUDE_AGAIN_SECONDS = 0.0002
_DISPOSITIONS = {
    "leave": SCARD_LEAVE_CARD,
    "reset": SCARD_RESET_CARD,
    "unpower": SCARD_UNPOWER_CARD,
    "eject": SCARD_EJECT_CARD,
}


class PcscError(Exception):
    """A PC/SC call failed."""


def _check(code: int) -> None:
    if code != SCARD_S_SUCCESS:
        raise PcscError(f"{code & 0xFFFFFFFF:08X}")


class Companion:
    """One reader and one context; a new context after a restart of pcscd."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._context: int | None = None
        self._kept: list[int] = []
        # What pcscd counted when it last had a card here; None when that says nothing.
        self._count_with_card: int | None = None

    def _establish(self, deadline: float) -> int:
        while self._context is None:
            code, context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
            if code == SCARD_S_SUCCESS:
                self._context = context
            elif time.monotonic() > deadline:
                _check(code)
            else:
                time.sleep(_RETRY_SECONDS)
        return self._context

    def _forget(self) -> None:
        if self._context is not None:
            SCardReleaseContext(self._context)
            self._context = None
        self._count_with_card = None

    def wait(self, wanted: int, atr: bytes = b"") -> None:
        """Wait until the reader is empty, has a mute card, or the card with this ATR.

        A reset that finds no card makes pcscd say "empty" before it has noticed the removal. If the card is back by
        then, pcscd says so until it is removed again. So an empty reader has to be one that pcscd has counted.
        """
        deadline = time.monotonic() + _LIMIT_SECONDS
        known = SCARD_STATE_UNAWARE
        while True:
            context = self._establish(deadline)
            # Not until the deadline: pcscd 1.9 loses an event that comes while it adds or removes a waiting client.
            remaining = max(0, int((deadline - time.monotonic()) * 1000))
            code, states = SCardGetStatusChange(context, min(remaining, _LOOK_MILLISECONDS), [(self._reader, known)])
            if code != SCARD_S_SUCCESS:
                if time.monotonic() > deadline:
                    _check(code)
                self._forget()
                time.sleep(_RETRY_SECONDS)
                known = SCARD_STATE_UNAWARE
                continue
            _, known, found = states[0]
            if known & wanted == SCARD_STATE_EMPTY and self._is_unnoticed(known, deadline):
                continue
            if known & wanted:
                if not known & SCARD_STATE_EMPTY:
                    self._count_with_card = known >> _COUNT_SHIFT
                if not atr or bytes(found) == atr:
                    return
                if time.monotonic() > deadline:
                    raise PcscError(f"a card with the ATR {bytes(found).hex()}")
                # While pcscd powers a card up, it gives a longer one; no change follows that one could wait for.
                time.sleep(_RETRY_SECONDS)
                known = SCARD_STATE_UNAWARE

    def _is_unnoticed(self, state: int, deadline: float) -> bool:
        """True if pcscd has not counted the removal, for a while: a reader that was plugged in anew counts anew."""
        return state >> _COUNT_SHIFT == self._count_with_card and (
            time.monotonic() < deadline - _LIMIT_SECONDS + _UNNOTICED_SECONDS
        )

    def wait_for_readers(self, number: int) -> None:
        """Wait until so many readers are listed: pcscd adds and removes the slots of a reader one by one."""
        deadline = time.monotonic() + _LIMIT_SECONDS
        while True:
            code, readers = SCardListReaders(self._establish(deadline), [])
            if code not in (SCARD_S_SUCCESS, SCARD_E_NO_READERS_AVAILABLE):
                self._forget()
            elif len(readers) == number:
                return
            if time.monotonic() > deadline:
                raise PcscError(f"{len(readers)} readers, not {number}")
            time.sleep(_RETRY_SECONDS)

    def _connect(self, share: int = SCARD_SHARE_SHARED) -> tuple[int, int]:
        """A card handle and its protocol."""
        context = self._establish(time.monotonic() + _LIMIT_SECONDS)
        protocols = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1
        code, card, protocol = SCardConnect(context, self._reader, share, protocols)
        _check(code)
        return card, protocol

    def transmit(self, commands: list[str]) -> str:
        """The card's answer to each command in hexadecimal; the card is not reset afterwards."""
        card, protocol = self._connect()
        try:
            _check(SCardBeginTransaction(card))
            answers = []
            for command in commands:
                pci = SCARD_PCI_T0 if protocol == SCARD_PROTOCOL_T0 else SCARD_PCI_T1
                code, answer = SCardTransmit(card, pci, list(bytes.fromhex(command)))
                _check(code)
                answers.append(bytes(answer).hex())
            SCardEndTransaction(card, SCARD_LEAVE_CARD)
            return " ".join(answers)
        finally:
            SCardDisconnect(card, SCARD_LEAVE_CARD)

    def control(self, code: int, data: bytes) -> str:
        """The reader's answer in hexadecimal; the card is not reset afterwards."""
        card, _protocol = self._connect()
        try:
            error, answer = SCardControl(card, code, list(data))
            _check(error)
            return bytes(answer).hex()
        finally:
            SCardDisconnect(card, SCARD_LEAVE_CARD)

    def disconnect(self, disposition: int) -> None:
        card, _protocol = self._connect()
        code = SCardDisconnect(card, disposition)
        if code != SCARD_S_SUCCESS:
            SCardDisconnect(card, SCARD_LEAVE_CARD)
        _check(code)

    def disconnect_soon(self, disposition: int) -> None:
        """Disconnect without a transaction: waiting for one takes 100 ms in libpcsclite, which is too late."""
        deadline = time.monotonic() + _LIMIT_SECONDS
        card, _protocol = self._connect()
        while (code := SCardDisconnect(card, disposition)) == SCARD_E_SHARING_VIOLATION:
            if time.monotonic() > deadline:
                SCardDisconnect(card, SCARD_LEAVE_CARD)
                break
            time.sleep(_INTRUDE_AGAIN_SECONDS)
        _check(code)

    def hold(self) -> None:
        card, _protocol = self._connect()
        code = SCardBeginTransaction(card)
        if code != SCARD_S_SUCCESS:
            SCardDisconnect(card, SCARD_LEAVE_CARD)
        _check(code)
        self._kept.append(card)

    def stay(self, share: int) -> None:
        card, _protocol = self._connect(share)
        self._kept.append(card)

    def release(self, disposition: int) -> None:
        """End the last connection or transaction. It may have ended already, with its card or pcscd."""
        if self._kept:
            SCardDisconnect(self._kept.pop(), disposition)

    def execute(self, line: str) -> str:
        """The result after ``ok``."""
        name, _, argument = line.partition(" ")
        match name:
            case "present":
                self.wait(SCARD_STATE_PRESENT, bytes.fromhex(argument))
            case "mute":
                self.wait(SCARD_STATE_MUTE)
            case "empty":
                self.wait(SCARD_STATE_EMPTY)
            case "readers":
                self.wait_for_readers(int(argument))
            case "disconnect":
                self.disconnect(_DISPOSITIONS[argument])
            case "disconnect-soon":
                self.disconnect_soon(_DISPOSITIONS[argument])
            case "hold":
                self.hold()
            case "shared":
                self.stay(SCARD_SHARE_SHARED)
            case "exclusive":
                self.stay(SCARD_SHARE_EXCLUSIVE)
            case "release":
                self.release(_DISPOSITIONS[argument or "leave"])
            case "transmit":
                return self.transmit(argument.split())
            case "control":
                code, _, data = argument.partition(" ")
                return self.control(int(code), bytes.fromhex(data))
            case _:
                raise PcscError(f"unknown request {name!r}")
        return ""


def main() -> None:
    companion = Companion(sys.argv[1])
    for line in sys.stdin:
        try:
            print("ok", companion.execute(line.strip()), flush=True)
        except PcscError as error:
            print("error", error, flush=True)


if __name__ == "__main__":
    main()
