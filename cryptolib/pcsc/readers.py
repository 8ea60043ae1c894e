"""Lists the readers and their cards without touching a card (PC/SC part 5, SCardGetStatusChange)."""

from __future__ import annotations

from _thread import allocate_lock
from time import monotonic

from cryptolib.iso7816.connection import Interrupted, ReaderGone, ServiceSilent, ServiceStopped, TransportError
from cryptolib.pcsc.context import Context
from cryptolib.pcsc.gate import SHORT_PATIENCE, gate
from cryptolib.pcsc.scard import scard

PLUG_AND_PLAY = "\\\\?PnP?\\Notification"
# libpcsclite takes no more states at once, and pcscd has no more readers (PCSCLITE_MAX_READERS_CONTEXTS).
MOST_STATES = 16
# The limit of one wait, in milliseconds; a longer wait repeats it. A thread can end between two waits.
WAIT = 3000
# In seconds: how long a look may wait for that of another thread, and `close` for waiting threads.
LOOK_PATIENCE = 3.0
CLOSE_PATIENCE = 5.0
# pcsc-lite loses a cancellation that comes just before the wait, so it is repeated until the wait has ended.
CANCEL_INTERVAL = 0.01


class ReaderState:
    """A reader at one moment. `insertion` identifies this insertion of this card; it changes with every removal and
    restart.
    """

    __slots__ = ("atr", "insertion", "name", "present", "word")

    def __init__(self, name: str, word: int, atr: bytes, epoch: int) -> None:
        """`word` is the state word of the service: flags and, in the upper half, the event counter."""
        self.name = name
        self.word = word
        self.present = bool(word & scard.SCARD_STATE_PRESENT)
        self.atr = atr
        self.insertion = (epoch, word >> 16)


class Readers:
    """Polls all readers or one; survives absence and restarts of the service.

    Each context is released by its owner: the one for looks by the holder of `_looking`, that of a wait by the waiting
    thread.
    """

    def __init__(self) -> None:
        # Held during a look: guards the context and its epoch.
        self._looking = allocate_lock()
        self._context: Context | None = None
        # Counts the contexts: pcscd's event counters start again with every restart.
        self._epoch = 0
        # Guards the list of waits against `close`.
        self._joining = allocate_lock()
        self._waits: list[Context] = []
        self._wait_ended = allocate_lock()
        self._closed = False
        gate.keep()

    def poll(self) -> list[ReaderState]:
        """All readers, now; empty when there is no reader or no service. Raises ServiceSilent and Interrupted."""
        # After a restart, or when a reader goes between list and state, the second look succeeds.
        for _attempt in range(2):
            try:
                return self._look()
            except (ServiceSilent, Interrupted):
                raise
            except TransportError:
                continue
        return []

    def insertion(self, name: str) -> tuple[int, int] | None:
        """The insertion of the card in reader `name`, None when there is none. Raises ServiceSilent quickly."""
        gate.require_answer(SHORT_PATIENCE)
        try:
            states = self._look(name)
        except ServiceSilent:
            raise
        except TransportError:
            return None
        return states[0].insertion if states and states[0].present else None

    def wait(self, seen: list[ReaderState]) -> None:
        """Block until a reader or a card differs from `seen`, or `close` is called. Holds no lock.

        Raises ServiceSilent when the service refuses the wait: the next one would be refused at once as well.
        """
        context = Context()
        if not self._join(context):
            context.release()
            return
        try:
            if context.readers() == [reader.name for reader in seen]:
                known = [(reader.name, reader.word) for reader in seen]
                # Of so many that there is no place for it, none can come before one has gone.
                context.status_change(WAIT, [*known, (PLUG_AND_PLAY, scard.SCARD_STATE_UNAWARE)][:MOST_STATES])
        except (ServiceStopped, ReaderGone):
            pass  # the caller looks again
        except TransportError as fault:
            if not self._closed:
                raise ServiceSilent(str(fault)) from fault
        finally:
            context.release()
            self._waits.remove(context)
            self._report_end()

    def close(self) -> None:
        """Wake every waiting thread, and release the context, or have a running look release it."""
        with self._joining:
            self._closed = True
        end = monotonic() + CLOSE_PATIENCE
        while self._waits and monotonic() < end:
            for context in list(self._waits):
                context.cancel()
            self._wait_ended.acquire(timeout=CANCEL_INTERVAL)
        if self._looking.acquire(timeout=max(end - monotonic(), 0)):
            self._end_look()
        gate.keep_no_longer()

    def _join(self, context: Context) -> bool:
        """Record a wait; False after `close`."""
        with self._joining:
            if not self._closed:
                self._waits.append(context)
            return not self._closed

    def _report_end(self) -> None:
        try:
            self._wait_ended.release()
        except RuntimeError:
            pass  # reported already

    def _look(self, name: str | None = None) -> list[ReaderState]:
        """The state of the reader with this name, or of all. Raises TransportError."""
        if not self._looking.acquire(timeout=LOOK_PATIENCE):
            raise ServiceSilent("a look at the readers does not end")
        try:
            if self._closed:
                raise Interrupted("the library is finalised")
            return self._states(name)
        finally:
            self._end_look()

    def _end_look(self) -> None:
        if self._closed:
            self._drop()
        self._looking.release()

    def _states(self, name: str | None) -> list[ReaderState]:
        if self._context is None:
            self._context = Context()
            self._epoch += 1
        try:
            names = self._context.readers() if name is None else [name]
            answers = self._context.status_change(0, _unaware(names)) if names else []
        except ServiceStopped:
            self._drop()
            raise
        return [ReaderState(name, word, atr, self._epoch) for name, word, atr in answers]

    def _drop(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            context.release()


def _unaware(names: list[str]) -> list[tuple[str, int]]:
    return [(name, scard.SCARD_STATE_UNAWARE) for name in names]
