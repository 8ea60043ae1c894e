"""One shared connection to one inserted card (PC/SC part 5, SCardConnect to SCardDisconnect)."""

from __future__ import annotations

from cryptolib import trace
from cryptolib.iso7816.connection import T0, T1, CardRemoved, CardReset, TransportError
from cryptolib.pcsc.context import Context
from cryptolib.pcsc.faults import check
from cryptolib.pcsc.scard import scard

# CLA, INS, P1, P2 and Lc, which a trace may show of a command that presents a code.
APDU_HEADER = 5
# The longest short answer, 256 bytes and a status word, with room to spare.
ANSWER_ROOM = 512
# How long pcscd may need to notice that a card which stopped answering was pulled.
REMOVAL_NOTICE = 1000


class PcscConnection:
    """Implements `iso7816.connection.Connection` on a context of its own, so that two readers work in parallel."""

    __slots__ = ("_connected", "_context", "_handle", "_reader", "protocol")

    def __init__(self, reader: str) -> None:
        """Raises TransportError when the card cannot be reached."""
        self._reader = reader
        self._context = Context()
        self._connected = False
        try:
            self._open()
        except TransportError:
            self._context.release()
            raise

    def begin(self) -> None:
        if not self._connected:
            self._open()
        code = scard.SCardBeginTransaction(self._handle)
        if code == scard.SCARD_W_RESET_CARD:
            self._reconnect()
            raise CardReset("SCardBeginTransaction")
        check(code, "SCardBeginTransaction")

    def end(self, reset: bool) -> None:
        scard.SCardEndTransaction(self._handle, scard.SCARD_RESET_CARD if reset else scard.SCARD_LEAVE_CARD)

    def transmit(self, command: bytes) -> bytes:
        pci = scard.SCARD_PCI_T0 if self.protocol == T0 else scard.SCARD_PCI_T1
        code, numbers = scard.SCardTransmit(self._handle, pci, list(command))
        self._check_transmit(code)
        answer = bytes(numbers)
        if trace.debug >= trace.EXCHANGES:
            trace.exchange(command, answer)
        return answer

    def transmit_secret(self, command: bytearray) -> bytes:
        # pyscard would spread the PIN over a list of integers that nobody can wipe.
        from cryptolib._pcsclite import ffi, lib

        room = ffi.new("unsigned char[]", ANSWER_ROOM)
        length = ffi.new("unsigned long *", ANSWER_ROOM)
        with ffi.from_buffer("unsigned char[]", command) as data:
            code = lib.cps_transmit(self._handle, self.protocol, data, len(command), room, length)
        self._check_transmit(code & 0xFFFFFFFF)
        answer = bytes(ffi.buffer(room, length[0]))
        if trace.debug >= trace.EXCHANGES:
            trace.exchange(trace.hidden(command, APDU_HEADER), answer)
        return answer

    def reset_if_alone(self) -> None:
        # Exclusive access is granted to nobody while somebody else is connected. SCardReconnect would ask for it in one
        # step, but leaves pcscd 1.9 with a reader that is locked for everybody. The next `begin` connects again.
        self._disconnect()
        code, handle, _protocol = self._connect(scard.SCARD_SHARE_EXCLUSIVE)
        if code == scard.SCARD_S_SUCCESS:
            scard.SCardDisconnect(handle, scard.SCARD_RESET_CARD)

    def close(self) -> None:
        self._disconnect()
        self._context.release()

    def _open(self) -> None:
        code, self._handle, protocol = self._connect(scard.SCARD_SHARE_SHARED)
        check(code, "SCardConnect")
        self._connected = True
        self.protocol = T0 if protocol == scard.SCARD_PROTOCOL_T0 else T1

    def _connect(self, share: int) -> tuple[int, int, int]:
        """Return code, handle, protocol."""
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        code, handle, protocol = scard.SCardConnect(self._context.handle, self._reader, share, protocols)
        return code, handle, protocol

    def _disconnect(self) -> None:
        if self._connected:
            self._connected = False
            scard.SCardDisconnect(self._handle, scard.SCARD_LEAVE_CARD)

    def _reconnect(self) -> None:
        code, protocol = scard.SCardReconnect(
            self._handle,
            scard.SCARD_SHARE_SHARED,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
            scard.SCARD_LEAVE_CARD,
        )
        check(code, "SCardReconnect")
        self.protocol = T0 if protocol == scard.SCARD_PROTOCOL_T0 else T1

    def _check_transmit(self, code: int) -> None:
        if code == scard.SCARD_E_NOT_TRANSACTED and self._was_removed():
            raise CardRemoved("SCardTransmit")
        check(code, "SCardTransmit")

    def _was_removed(self) -> bool:
        """A pulled card first fails to answer; pcscd tells a moment later whether it is gone or only mute."""
        try:
            _name, now, _atr = self._context.status_change(0, [(self._reader, scard.SCARD_STATE_UNAWARE)])[0]
            if now & scard.SCARD_STATE_PRESENT:
                _name, now, _atr = self._context.status_change(REMOVAL_NOTICE, [(self._reader, now)])[0]
        except TransportError:
            return False
        return not now & scard.SCARD_STATE_PRESENT
