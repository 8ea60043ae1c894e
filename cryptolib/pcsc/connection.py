"""A shared connection to one inserted card (PC/SC part 5, SCardConnect to SCardDisconnect)."""

from __future__ import annotations

from time import monotonic, sleep

from cryptolib import trace
from cryptolib._pcsclite import ffi, lib
from cryptolib.iso7816.connection import (
    CardBusy,
    CardRemoved,
    CardReset,
    Interrupted,
    ServiceSilent,
    TransportError,
)
from cryptolib.pcsc import features
from cryptolib.pcsc.faults import check, is_lost, unsigned
from cryptolib.pcsc.gate import SHORT_PATIENCE, gate
from cryptolib.pcsc.link import TURN, Link, connect, disconnect, open_link
from cryptolib.pcsc.scard import scard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cryptolib.iso7816.connection import Keypad
    from cryptolib.iso7816.typed_code import TypedCode
    from cryptolib.pcsc.context import Context

# CLA, INS, P1, P2 and Lc: the part of a command with a code that a trace may show.
APDU_HEADER = 5
STATUS_WORD = 2
# A bit of the state of SCardStatus (pcsclite.h) that pyscard does not name.
POWERED = 0x0010
# Far more than the longest short answer, 256 bytes and a status word: a card may say more than it was asked.
ANSWER_ROOM = 4096
# How long pcscd may take to notice that a card was removed, in milliseconds.
REMOVAL_NOTICE = 1000
# In seconds: how often to ask whether another program has released the card. libpcsclite asks ten times a second, so a
# program that comes late may wait long.
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02
# Codes of libpcsclite after another program reset the card.
_LOST = (scard.SCARD_W_RESET_CARD, scard.SCARD_W_UNPOWERED_CARD)
# The reader has gone with the card; if both came back, this connection is not theirs. pcscd 2.3 then answers that the
# value is invalid.
_GONE = (
    scard.SCARD_E_INVALID_HANDLE, scard.SCARD_E_INVALID_VALUE, scard.SCARD_E_READER_UNAVAILABLE,
    scard.SCARD_W_REMOVED_CARD,
)  # fmt: skip


class PcscConnection:
    """Implements `iso7816.connection.Connection` on a context of its own, so that two readers work in parallel.

    One thread at a time may call it; any thread may call `interrupt`. The card is disconnected and connected again as
    needed. It is the same insertion as long as the reader's event counter is the same.
    """

    __slots__ = (
        "_closed", "_features", "_insertion", "_interrupted", "_keypad", "_link", "_may_start_threads", "_reader",
        "_room", "_room_length", "protocol",
    )  # fmt: skip

    def __init__(self, reader: str, may_start_threads: bool = True) -> None:
        """Raises TransportError when the card cannot be reached."""
        self._reader = reader
        self._may_start_threads = may_start_threads
        self._closed = self._interrupted = False
        # None until the reader was asked.
        self._features: dict[int, int] | None = None
        self._keypad: Keypad | None = None
        self._room = ffi.new("unsigned char[]", ANSWER_ROOM)
        self._room_length = ffi.new("unsigned long *")
        link = open_link(reader, may_start_threads)
        self._link: Link | None = link
        self._insertion = link.insertion
        self.protocol = link.protocol

    def begin(self) -> None:
        card = self._connected()
        code = self._wait_for_turn(card)
        if code not in _LOST:
            with gate.passing():
                code = scard.SCardBeginTransaction(card)
        if code in _LOST:
            self._connect_anew()
            raise CardReset("SCardBeginTransaction")
        check(code, "SCardBeginTransaction")

    def end(self, reset: bool) -> None:
        if self._link is None:
            return
        try:
            with gate.passing():
                code = scard.SCardEndTransaction(
                    self._link.card, scard.SCARD_RESET_CARD if reset else scard.SCARD_LEAVE_CARD
                )
        except ServiceSilent:
            code = scard.SCARD_F_COMM_ERROR
        if code != scard.SCARD_S_SUCCESS:
            # A transaction that may still be active would keep everybody from the card.
            self.let_go()

    def was_reset(self) -> bool:
        try:
            gate.require_answer(SHORT_PATIENCE)
            state = scard.SCARD_S_SUCCESS if self._link is None else self._state(self._link.card)
        except ServiceSilent:
            return False
        if state in _GONE:
            raise CardRemoved("SCardGetAttrib")
        return state in _LOST

    def transmit(self, command: bytes) -> bytes:
        answer = self._exchange(command, len(command))
        if trace.debug >= trace.EXCHANGES:
            trace.exchange(command, answer)
        return answer

    def transmit_secret(self, command: bytearray) -> bytes:
        with ffi.from_buffer("unsigned char[]", command) as data:
            answer = self._exchange(data, len(command))
        if trace.debug >= trace.EXCHANGES:
            trace.exchange(trace.hidden(command, APDU_HEADER), answer)
        return answer

    def _exchange(self, command: Any, size: int) -> bytes:
        # pyscard would spread a code over a list of integers that nobody can wipe; a host that has no memory for such a
        # list it ends.
        card = self._in_transaction()
        length = self._room_length
        length[0] = ANSWER_ROOM
        with gate.passing():
            code = unsigned(lib.cps_transmit(card, self.protocol, command, size, self._room, length))
        received = length[0] if code == scard.SCARD_S_SUCCESS else 0
        return self._checked(code, bytes(ffi.buffer(self._room, received)))

    def keypad(self) -> Keypad | None:
        if self._features is None:
            found = features.control_codes(self._told(features.GET_FEATURE_REQUEST))
            if features.VERIFY_PIN_DIRECT in found:
                properties = found.get(features.TLV_PROPERTIES)
                self._keypad = features.keypad(found, b"" if properties is None else self._told(properties))
            self._features = found
        return self._keypad

    def transmit_typed(self, command: bytes, codes: Sequence[TypedCode]) -> bytes:
        # Imported by C_OpenSession: most readers have no keypad.
        from cryptolib.pcsc import pin_entry

        control, request = pin_entry.request(self._features or {}, command, codes)
        answer = self._checked(*self._control(control, request), call="SCardControl")
        if trace.debug >= trace.EXCHANGES:
            trace.exchange(command, answer)
        return answer

    def reset_if_alone(self) -> None:
        # Exclusive access is only granted when nobody else is connected. SCardReconnect does this in one step, but
        # pcscd 1.9 then leaves the reader locked for everybody. The next `begin` connects again.
        link, self._link = self._link, None
        if link is None:
            return
        disconnect(link.card, scard.SCARD_LEAVE_CARD)
        try:
            # Asked first: pcscd delays SCardConnect while another program has a transaction.
            if not link.context.state(self._reader) & (scard.SCARD_STATE_INUSE | scard.SCARD_STATE_EXCLUSIVE):
                card, _protocol = connect(link.context, self._reader, scard.SCARD_SHARE_EXCLUSIVE)
                disconnect(card, scard.SCARD_RESET_CARD)
        except TransportError:
            pass
        link.context.release()

    def let_go(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.end(scard.SCARD_LEAVE_CARD)

    def interrupt(self) -> None:
        self._interrupted = True

    def close(self) -> None:
        self._closed = True
        self.let_go()

    def _connected(self) -> int:
        """The card's handle; connects if necessary."""
        self._require_library()
        if self._closed:
            raise CardRemoved("the connection is closed")
        if self._link is None:
            self._link = self._link_to_same_card(None)
        return self._link.card

    def _connect_anew(self) -> None:
        """Disconnect and connect. SCardReconnect leaves a card without power, and pcscd then refuses it to
        everybody.
        """
        link, self._link = self._link, None
        assert link is not None
        disconnect(link.card, scard.SCARD_LEAVE_CARD)
        # Keep the context: a host that has changed its root directory cannot make a new one.
        self._link = self._link_to_same_card(link.context)

    def _link_to_same_card(self, context: Context | None) -> Link:
        link = open_link(self._reader, self._may_start_threads, context)
        if link.insertion != self._insertion:
            link.end(scard.SCARD_LEAVE_CARD)
            raise CardRemoved("another card is in the reader, or the same one again")
        self.protocol = link.protocol
        return link

    def _in_transaction(self) -> int:
        self._require_library()
        if self._link is None:
            raise TransportError("the transaction has been lost")
        return self._link.card

    def _told(self, control: int) -> bytes:
        """The answer of the reader itself; empty if it does not know the question. Raises TransportError."""
        code, answer = self._control(control, b"")
        if is_lost(code):
            check(code, "SCardControl")
        return answer if code == scard.SCARD_S_SUCCESS else b""

    def _control(self, control: int, request: bytes) -> tuple[int, bytes]:
        card = self._in_transaction()
        with gate.passing():
            code, numbers = scard.SCardControl(card, control, list(request))
        return code, bytes(numbers)

    def _require_library(self) -> None:
        if self._interrupted:
            raise Interrupted("the library is being finalised")

    def _wait_for_turn(self, card: int) -> int:
        """Wait until no other program has the card and return its state. Raises CardBusy."""
        end, pause = monotonic() + TURN, FIRST_PAUSE
        while (code := self._state(card)) == scard.SCARD_E_SHARING_VIOLATION:
            self._require_library()
            if monotonic() > end:
                raise CardBusy("another program does not end its transaction")
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return code

    def _state(self, card: int) -> int:
        """SCARD_E_SHARING_VIOLATION while another program has the card, a code of _LOST after a reset. Other codes say
        nothing: not every driver tells the ATR, which is asked for.
        """
        with gate.passing():
            return unsigned(lib.cps_card_state(card))

    def _checked(self, code: int, answer: bytes, call: str = "SCardTransmit") -> bytes:
        """Check the code of an exchange and return the answer.

        A card that is being removed gives no answer, or the reader gives an empty one. So does a card that another
        program reset: pcscd announces the reset before it does it, and lets our transaction begin in between. The next
        `begin` connects again.
        """
        silent = code == scard.SCARD_E_NOT_TRANSACTED or (code == scard.SCARD_S_SUCCESS and len(answer) < STATUS_WORD)
        if silent:
            code = self._reason(code, call)
        elif code == scard.SCARD_E_PROTO_MISMATCH:
            # pcscd has not sent it: another program has reset the card.
            code = int(scard.SCARD_W_RESET_CARD)
        if code in _LOST:
            self._connect_anew()
        check(code, call)
        return answer

    def _reason(self, code: int, call: str) -> int:
        """SCARD_W_RESET_CARD after a reset, else `code`: the card is there but does not answer. Raises CardRemoved."""
        if self._is_without_protocol():
            return int(scard.SCARD_W_RESET_CARD)
        if self._was_removed():
            raise CardRemoved(call)
        return int(scard.SCARD_W_RESET_CARD) if self._is_without_protocol() else code

    def _is_without_protocol(self) -> bool:
        """True if the card was reset or lost its power since it was connected: it needs a new protocol then."""
        assert self._link is not None
        code = self._state(self._link.card)
        if code in _LOST or code == scard.SCARD_E_SHARING_VIOLATION:
            # SCardStatus would wait without a limit for another program that has the card now.
            return code in _LOST
        with gate.looking():
            code, _reader, state, protocol, _atr = scard.SCardStatus(self._link.card)
        powered = state & POWERED and protocol != scard.SCARD_PROTOCOL_UNDEFINED
        return code in _LOST or (code == scard.SCARD_S_SUCCESS and not powered)

    def _was_removed(self) -> bool:
        """True if the card was removed. It first fails to answer; pcscd notices the removal a moment later."""
        assert self._link is not None
        try:
            now = self._link.context.state(self._reader)
            if now & scard.SCARD_STATE_PRESENT:
                _name, now, _atr = self._link.context.status_change(REMOVAL_NOTICE, [(self._reader, now)])[0]
        except TransportError:
            return False
        return not now & scard.SCARD_STATE_PRESENT
