"""A card handle and its context, made and ended together (PC/SC part 5, SCardConnect)."""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread

from cryptolib._pcsclite import ffi, lib
from cryptolib.iso7816.connection import T0, T1, CardBusy, ServiceSilent
from cryptolib.pcsc.context import Context
from cryptolib.pcsc.faults import check, unsigned
from cryptolib.pcsc.gate import gate
from cryptolib.pcsc.scard import scard

# How long to wait for another program that keeps the card, in seconds.
TURN = 20.0


class Link:
    """Shared access to the card in one reader. `insertion` is the event counter of the reader."""

    __slots__ = ("card", "context", "insertion", "protocol")

    def __init__(self, context: Context, reader: str) -> None:
        """Takes over `context`. Raises TransportError after releasing it."""
        self.context = context
        try:
            self.card, protocol = connect(context, reader, scard.SCARD_SHARE_SHARED)
            self.protocol = T0 if protocol == scard.SCARD_PROTOCOL_T0 else T1
            self.insertion = context.state(reader) >> 16
        except BaseException:
            context.release()
            raise

    def end(self, how: int) -> None:
        """Disconnect; `how` is the disposition of the card. Never raises."""
        disconnect(self.card, how)
        self.context.release()


def open_link(reader: str, may_start_threads: bool, context: Context | None = None) -> Link:
    """Connect to the card in a reader. Raises CardBusy when another program keeps it for longer than `TURN`, and other
    TransportErrors.

    Takes over `context`, or makes one.

    While another program has a transaction, pcscd delays SCardConnect without a limit. So if another program is
    connected, a separate thread makes the call, and can be left behind; it ends with that transaction.
    """
    context = context or Context()
    try:
        word = context.state(reader)
        if word & scard.SCARD_STATE_EXCLUSIVE:
            raise CardBusy("another program has the card exclusively")
    except BaseException:
        context.release()
        raise
    if word & scard.SCARD_STATE_INUSE and may_start_threads:
        return _Attempt(context, reader).result()
    return Link(context, reader)


def connect(context: Context, reader: str, share: int) -> tuple[int, int]:
    """The handle and the protocol. Raises TransportError."""
    protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    name, card, protocol = reader.encode(), ffi.new("unsigned long *"), ffi.new("unsigned long *")
    with gate.connecting():
        code = lib.cps_connect(context.handle, name, share, protocols, card, protocol)
    check(unsigned(code), "SCardConnect")
    return int(card[0]), int(protocol[0])


def disconnect(card: int, how: int) -> None:
    """Never raises. If the service does not answer, the release of the context disconnects later."""
    try:
        with gate.changing():
            scard.SCardDisconnect(card, how)
    except ServiceSilent:
        pass


class _Attempt:
    """Connects in a thread of its own, which disconnects again if it comes too late."""

    def __init__(self, context: Context, reader: str) -> None:
        self._context = context
        self._reader = reader
        self._link: Link | None = None
        self._fault: BaseException | None = None
        self._abandoned = False
        self._lock = allocate_lock()
        self._done = allocate_lock()
        self._done.acquire()

    def result(self) -> Link:
        try:
            start_new_thread(self._run, ())
        except RuntimeError:
            # Without a thread there is no limit.
            self._run()
        in_time = self._done.acquire(timeout=TURN)
        with self._lock:
            self._abandoned = not in_time
        if self._link is not None:
            return self._link
        raise self._fault or CardBusy("another program does not end its transaction")

    def _run(self) -> None:
        try:
            link = Link(self._context, self._reader)
        except BaseException as fault:
            self._fault = fault
        else:
            if not self._pass_on(link):
                link.end(scard.SCARD_LEAVE_CARD)
        self._done.release()

    def _pass_on(self, link: Link) -> bool:
        """Hand over the link; False if nobody waits for it any more."""
        with self._lock:
            if not self._abandoned:
                self._link = link
            return not self._abandoned
