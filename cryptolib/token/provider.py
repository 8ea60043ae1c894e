"""The slots and sessions of an initialised library, in tables under the provider lock (PKCS#11 3.2, 5.4 to 5.6)."""

from __future__ import annotations

from _thread import RLock, allocate_lock
from time import monotonic

from cryptolib.cards.atr import card_of
from cryptolib.cryptoki.constants import (
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_FUNCTION_FAILED,
    CKR_SESSION_HANDLE_INVALID,
    CKR_SESSION_READ_WRITE_SO_EXISTS,
    CKR_SLOT_ID_INVALID,
    CKU_SO,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.connection import Interrupted, ServiceSilent, TransportError
from cryptolib.token import fresh
from cryptolib.token.slot import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from cryptolib.cards.catalog import Driver
    from cryptolib.iso7816.connection import Connection
    from cryptolib.pkcs15.cache import Cache
    from cryptolib.token.session import Session

    class ReaderState(Protocol):
        """A reader at one moment; `insertion` identifies this insertion of this card."""

        name: str
        present: bool
        atr: bytes
        insertion: tuple[int, int]

    class Readers(Protocol):
        """Watches readers and cards without touching a card."""

        def poll(self) -> Sequence[ReaderState]:
            """Raises ServiceSilent, and Interrupted after `close`."""

        def insertion(self, name: str) -> tuple[int, int] | None:
            """Raises ServiceSilent."""

        def wait(self, seen: Any) -> None:
            """Block until the readers differ from `seen`, the result of `poll`, or `close` is called."""

        def close(self) -> None: ...


# In seconds: how long a call waits for another one on the same session, a look at the readers for that of another
# thread, and C_Finalize for running calls. A call that ends later releases its card itself.
SESSION_PATIENCE = 60.0
LOOK_PATIENCE = 5.0
CLOSE_PATIENCE = 5.0
# In seconds: the pause between two looks of C_WaitForSlotEvent while the PC/SC service does not answer.
SILENT_PAUSE = 1.0


class Provider:
    """Lock order, never reversed: session lock, slot lock (while the card is used), transaction.

    The provider lock guards the tables. No thread waits for anything while it holds it, so any thread may take it at
    any time.
    """

    def __init__(
        self,
        readers: Readers,
        connect: Callable[[str], Connection],
        driver_of: Callable[[str], Driver],
        cache: Callable[[], Cache | None] = lambda: None,
    ) -> None:
        """`driver_of` and `cache` are called when a card is used: who only lists slots needs neither."""
        self._readers = readers
        self._connect = connect
        self._driver_of = driver_of
        self._cache = cache
        self._lock = RLock()
        # Held during a look, so that an older look never overwrites a newer one.
        self._looking = allocate_lock()
        self._seen: Sequence[ReaderState] = ()
        self._slots: list[Slot] = []
        self._sessions: dict[int, Session] = {}
        self._last_handle = 0
        self._closed = False
        # Released by `close`, for `_pause`.
        self._ended = allocate_lock()
        self._ended.acquire()
        self._events: list[int] = []
        self.refresh()
        # The cards and readers that are there at the start are no events.
        self._events.clear()

    def close(self) -> None:
        """C_Finalize: wake waiting threads, end every session, release the cards.

        No call begins any more. A running call ends at its next exchange; if that takes too long, it releases its card
        itself.
        """
        self._closed = True
        self._ended.release()
        self._readers.close()
        with self._lock:
            for slot in self._slots:
                self._end_sessions(slot)
        for slot in self._slots:
            slot.close()
        end = monotonic() + CLOSE_PATIENCE
        for slot in self._slots:
            if slot.lock.acquire(max(end - monotonic(), 0)):
                slot.lock.release()

    def refresh(self) -> Sequence[ReaderState]:
        """Look which readers and cards are here now, and end the sessions of removed cards. Returns what was seen.

        While the PC/SC service does not answer, nothing counts as changed.
        """
        if not self._looking.acquire(timeout=LOOK_PATIENCE):
            return self._seen
        try:
            seen = self._readers.poll()
            with self._lock:
                self._record({state.name: state for state in seen})
            self._seen = seen
        except ServiceSilent:
            pass
        except Interrupted:
            raise CryptokiError(CKR_CRYPTOKI_NOT_INITIALIZED) from None
        finally:
            self._looking.release()
        for slot in self._slots:
            slot.tidy()
        return self._seen

    def slots(self, with_card: bool) -> list[int]:
        """The IDs of the slots whose reader is plugged in, or of those with a CPS."""
        self.refresh()
        return [slot.id for slot in self._slots if slot.plugged and (not with_card or slot.recognised())]

    def slot(self, slot_id: int) -> Slot:
        """The slot in its current state. Raises CKR_SLOT_ID_INVALID."""
        self.refresh()
        return self._known_slot(slot_id)

    def wait_for_event(self, block: bool) -> int | None:
        """The ID of a slot in which something changed, or None; with `block`, waits first, but not without limit.

        Raises CKR_CRYPTOKI_NOT_INITIALIZED on close.
        """
        seen, event = self._look_for_event()
        if event is None and block:
            self._wait(seen)
            seen, event = self._look_for_event()
        return event

    def _look_for_event(self) -> tuple[Sequence[ReaderState], int | None]:
        """What was seen, and the ID of the slot of the oldest event."""
        if self._closed:
            raise CryptokiError(CKR_CRYPTOKI_NOT_INITIALIZED)
        seen = self.refresh()
        with self._lock:
            return seen, self._events.pop(0) if self._events else None

    def _wait(self, seen: Sequence[ReaderState]) -> None:
        try:
            self._readers.wait(seen)
        except ServiceSilent:
            self._pause()
        except TransportError as fault:
            if not self._closed:
                # Without the service no event can come. Loaded with the part CARD.
                from cryptolib.token.faults import code_of

                raise CryptokiError(code_of(fault), str(fault)) from fault

    def _pause(self) -> None:
        """Wait for SILENT_PAUSE, or until `close`."""
        if self._ended.acquire(timeout=SILENT_PAUSE):
            self._ended.release()

    def open_session(self, slot_id: int, writable: bool) -> int:
        """Open a session and return its handle."""
        slot = self.slot(slot_id)
        driver = slot.driver()
        # Loaded by C_OpenSession, not at start-up.
        from cryptolib.token.session import Session

        if not driver.DATED:
            # Reads the serial number: a card without one is no CPS, whatever its ATR.
            slot.token()
            return self._add_session(slot, Session, writable)
        with slot.lock:
            slot.token().require_dates()
            return self._add_session(slot, Session, writable)

    def close_session(self, handle: int) -> None:
        """Close the session; the last one of a slot ends the login."""
        session = self.find_session(handle)
        with self._lock:
            self._sessions.pop(handle, None)
            session.slot.sessions.discard(handle)
            last = not session.slot.sessions
        session.close_update()
        if last:
            with session.slot.lock:
                session.slot.end_login()

    def close_all_sessions(self, slot_id: int) -> None:
        slot = self.slot(slot_id)
        with self._lock:
            sessions = self._sessions_on(slot)
            self._end_sessions(slot)
        for session in sessions:
            session.close_update()
        if sessions:
            with slot.lock:
                slot.end_login()

    def session_counts(self, slot: Slot) -> tuple[int, int]:
        """The number of sessions on a slot, and of the read/write ones among them."""
        with self._lock:
            sessions = self._sessions_on(slot)
        return len(sessions), sum(session.writable for session in sessions)

    def read_only_on(self, slot: Slot) -> bool:
        """True if any session on the slot is read-only."""
        total, writable = self.session_counts(slot)
        return total != writable

    def find_session(self, handle: int) -> Session:
        """The session, if its card is still the same; it may be in use. Raises CKR_SESSION_HANDLE_INVALID."""
        session = self._sessions.get(handle)
        if session is not None:
            if self._is_live(session.slot):
                return session
            self.refresh()
        raise CryptokiError(CKR_CRYPTOKI_NOT_INITIALIZED if self._closed else CKR_SESSION_HANDLE_INVALID)

    def session(self, handle: int) -> LockedSession:
        """`with provider.session(handle) as session:` finds the session and locks it for this call."""
        return LockedSession(self, handle)

    def enter(self, handle: int) -> Session:
        """Lock the session. Raises CKR_SESSION_HANDLE_INVALID, or CKR_FUNCTION_FAILED if another call does not end."""
        session = self.find_session(handle)
        if not session.lock.acquire(timeout=SESSION_PATIENCE):
            raise CryptokiError(CKR_FUNCTION_FAILED, "another call on this session does not end")
        if self._sessions.get(handle) is not session:
            session.lock.release()
            raise CryptokiError(CKR_SESSION_HANDLE_INVALID)
        return session

    def _is_live(self, slot: Slot) -> bool:
        """True if the card of the session is still there, as far as the PC/SC service says."""
        now = monotonic()
        if now - slot.seen < fresh.SECONDS:
            return slot.insertion is not None
        try:
            if self._readers.insertion(slot.reader) != slot.insertion:
                return False
        except ServiceSilent:
            pass
        else:
            slot.seen = now
        return slot.insertion is not None and not slot.has_lost_card()

    def _known_slot(self, slot_id: int) -> Slot:
        if not 0 <= slot_id < len(self._slots):
            raise CryptokiError(CKR_SLOT_ID_INVALID)
        return self._slots[slot_id]

    def _add_session(self, slot: Slot, make: type[Session], writable: bool) -> int:
        if not writable and slot.logged_in() == CKU_SO:
            raise CryptokiError(CKR_SESSION_READ_WRITE_SO_EXISTS)
        with self._lock:
            if self._closed:
                raise CryptokiError(CKR_CRYPTOKI_NOT_INITIALIZED)
            # The card may have been removed meanwhile: no session may begin on another one.
            slot.require_card()
            self._last_handle += 1
            session = make(self._last_handle, slot, writable, self.read_only_on)
            self._sessions[session.handle] = session
            slot.sessions.add(session.handle)
        return session.handle

    def _record(self, states: dict[str, ReaderState]) -> None:
        for slot in self._slots:
            self._update(slot, states.pop(slot.reader, None))
        for state in sorted(states.values(), key=_without_cps):
            slot = Slot(len(self._slots), state.name, self._connect, self._driver_of, self._cache)
            self._slots.append(slot)
            self._events.append(slot.id)
            self._update(slot, state)

    def _update(self, slot: Slot, state: ReaderState | None) -> None:
        plugged = state is not None
        insertion = state.insertion if state is not None and state.present else None
        if (slot.plugged, slot.insertion) == (plugged, insertion):
            if state is not None and insertion is not None and not slot.recognised():
                # The card may not have answered when it came, for lack of contact or power.
                slot.arrive(insertion, state.atr)
            return
        if slot.id not in self._events:
            self._events.append(slot.id)
        self._end_sessions(slot)
        slot.plugged = plugged
        if state is None or insertion is None:
            slot.leave()
        else:
            slot.arrive(insertion, state.atr)

    def _sessions_on(self, slot: Slot) -> list[Session]:
        return [self._sessions[handle] for handle in slot.sessions]

    def _end_sessions(self, slot: Slot) -> None:
        for handle in slot.sessions:
            self._sessions.pop(handle, None)
        slot.sessions.clear()


def _without_cps(state: ReaderState) -> bool:
    """Sort key for readers that appear together: those with a CPS get the first slots, which some applications take."""
    return not (state.present and card_of(state.atr) is not None)


class LockedSession:
    """See `Provider.session`."""

    __slots__ = ("_handle", "_provider", "_session")

    def __init__(self, provider: Provider, handle: int) -> None:
        self._provider = provider
        self._handle = handle

    def __enter__(self) -> Session:
        self._session = self._provider.enter(self._handle)
        return self._session

    def __exit__(self, *_exception: object) -> None:
        self._session.lock.release()
