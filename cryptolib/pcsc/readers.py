"""The readers and what is in them, asked without touching a card (PC/SC part 5, SCardGetStatusChange)."""

from __future__ import annotations

from _thread import allocate_lock

from cryptolib.iso7816.connection import ServiceStopped, TransportError
from cryptolib.pcsc.context import Context
from cryptolib.pcsc.scard import scard

PLUG_AND_PLAY = "\\\\?PnP?\\Notification"
# How long one wait lasts at most, in milliseconds: pcsc-lite forgets a cancellation that comes just before the wait.
PATIENCE = 5000


class ReaderState:
    """A reader at one moment. `insertion` names this stay of this card: it changes with every removal or restart."""

    __slots__ = ("atr", "insertion", "name", "present", "word")

    def __init__(self, name: str, word: int, atr: bytes, epoch: int) -> None:
        """`word` is the service's own: flags and, in the upper half, a count of comings and goings."""
        self.name = name
        self.word = word
        self.present = bool(word & scard.SCARD_STATE_PRESENT)
        self.atr = atr
        self.insertion = (epoch, word >> 16)


class Readers:
    """Polls all readers or one; survives the service's absence and restarts."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._context: Context | None = None
        # Counts the contexts there were: pcscd's own event counters start again with every restart.
        self._epoch = 0
        self._waiters: list[Context] = []
        self._closed = False

    def poll(self) -> list[ReaderState]:
        """Every reader, now. Empty when there is no reader or no service."""
        # After a restart, or when a reader went between list and state, a second look tells.
        for _attempt in range(2):
            try:
                return self._look()
            except TransportError:
                continue
        return []

    def insertion(self, name: str) -> tuple[int, int] | None:
        """The stay of the card that is in reader `name`, None when there is none."""
        try:
            states = self._look(name)
        except TransportError:
            return None
        return states[0].insertion if states and states[0].present else None

    def wait(self, seen: list[ReaderState]) -> None:
        """Block until a reader or a card has come or gone since it was `seen`, or `close` is called. Holds no lock."""
        context = Context()
        with self._lock:
            if self._closed:
                context.release()
                return
            self._waiters.append(context)
        try:
            if context.readers() == [reader.name for reader in seen]:
                known = [(reader.name, reader.word) for reader in seen]
                context.status_change(PATIENCE, [*known, (PLUG_AND_PLAY, scard.SCARD_STATE_UNAWARE)])
        except TransportError:
            pass  # cancelled, or the service went: the caller looks again
        finally:
            with self._lock:
                self._waiters.remove(context)
            context.release()

    def close(self) -> None:
        """Release the context and wake every waiter."""
        with self._lock:
            self._closed = True
            for waiter in self._waiters:
                waiter.cancel()
            context, self._context = self._context, None
        if context is not None:
            context.release()

    def _look(self, name: str | None = None) -> list[ReaderState]:
        """The reader of this name, or all of them. Raises TransportError."""
        context, epoch = self._connected()
        try:
            names = context.readers() if name is None else [name]
            answers = context.status_change(0, _unaware(names)) if names else []
        except ServiceStopped:
            self._drop(context)
            raise
        return [ReaderState(name, word, atr, epoch) for name, word, atr in answers]

    def _connected(self) -> tuple[Context, int]:
        with self._lock:
            if self._context is None:
                self._context = Context()
                self._epoch += 1
            return self._context, self._epoch

    def _drop(self, context: Context) -> None:
        with self._lock:
            if self._context is context:
                self._context = None
        context.release()


def _unaware(names: list[str]) -> list[tuple[str, int]]:
    return [(name, scard.SCARD_STATE_UNAWARE) for name in names]
