"""All slots and sessions of one initialised library; the provider lock guards its tables (PKCS#11 3.2, 5.4 to 5.6)."""

from __future__ import annotations

from _thread import RLock, allocate_lock

from cryptolib.cryptoki.constants import (
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_SESSION_HANDLE_INVALID,
    CKR_SESSION_READ_ONLY_EXISTS,
    CKR_SESSION_READ_WRITE_SO_EXISTS,
    CKR_SLOT_ID_INVALID,
    CKU_SO,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.connection import TransportError
from cryptolib.token.slot import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from cryptolib.iso7816.connection import Connection
    from cryptolib.pkcs15.cache import Cache
    from cryptolib.secret import Secret
    from cryptolib.token.session import Session

    class ReaderState(Protocol):
        """A reader at one moment; `insertion` names this stay of this card."""

        name: str
        present: bool
        atr: bytes
        insertion: tuple[int, int]

    class Readers(Protocol):
        """Where readers and cards are seen coming and going, without touching a card."""

        def poll(self) -> Sequence[ReaderState]: ...

        def insertion(self, name: str) -> tuple[int, int] | None: ...

        def wait(self, seen: Any) -> None:
            """Block until the readers are not any more as `poll` has `seen` them, or `close` is called."""

        def close(self) -> None: ...


class Provider:
    """Lock order, never reversed: slot lock (a whole call on one reader), then transaction.

    The provider lock guards the tables, for moments in which nothing else is waited for: it may be taken at any time.
    """

    def __init__(
        self,
        readers: Readers,
        connect: Callable[[str], Connection],
        cache: Callable[[], Cache | None] = lambda: None,
    ) -> None:
        """`cache` is asked for at the first card: what an application that only looks around never needs."""
        self._readers = readers
        self._connect = connect
        self._cache = cache
        self._lock = RLock()
        # What one thread saw must not be taken for newer than what another saw after it.
        self._looking = allocate_lock()
        self._slots: list[Slot] = []
        self._sessions: dict[int, Session] = {}
        self._last_handle = 0
        self._closed = False
        self._events: list[int] = []
        self.refresh()
        # The cards and readers that were here before us are no events.
        self._events.clear()

    def close(self) -> None:
        """C_Finalize: wake who waits, end every session, let go of the cards."""
        self._closed = True
        self._readers.close()
        with self._lock:
            sessions = list(self._sessions.values())
            self._sessions.clear()
        for session in sessions:
            with session.slot.lock:
                session.close_update()
        for slot in self._slots:
            with slot.lock:
                slot.close()

    def refresh(self) -> Sequence[ReaderState]:
        """See which readers and cards are here now; sessions on a card that left end."""
        with self._looking:
            seen = self._readers.poll()
            with self._lock:
                self._record({state.name: state for state in seen})
        for slot in self._slots:
            slot.tidy()
        return seen

    def slots(self, with_card: bool) -> list[int]:
        """Identifiers of the slots whose reader is plugged in, or of those that hold a CPS."""
        self.refresh()
        return [slot.id for slot in self._slots if slot.plugged and (not with_card or slot.recognised())]

    def slot(self, slot_id: int) -> Slot:
        """The slot as it is now. Raises CKR_SLOT_ID_INVALID."""
        self.refresh()
        return self._known_slot(slot_id)

    def wait_for_event(self, block: bool) -> int | None:
        """The slot in which something changed, None when nothing did. Raises CKR_CRYPTOKI_NOT_INITIALIZED on close."""
        while not self._closed:
            seen = self.refresh()
            with self._lock:
                if self._events:
                    return self._events.pop(0)
            if not block:
                return None
            try:
                self._readers.wait(seen)
            except TransportError as fault:
                # Nobody is there to say what happens to the readers.
                from cryptolib.token.faults import code_of

                raise CryptokiError(code_of(fault), str(fault)) from fault
        raise CryptokiError(CKR_CRYPTOKI_NOT_INITIALIZED)

    def open_session(self, slot_id: int, writable: bool) -> int:
        """The new session's handle."""
        slot = self.slot(slot_id)
        with slot.lock:
            if slot.require_card().DATED:
                slot.token().require_dates()
            if not writable and slot.logged_in() == CKU_SO:
                raise CryptokiError(CKR_SESSION_READ_WRITE_SO_EXISTS)
            from cryptolib.token.session import Session

            with_handle = self._next_handle()
            session = Session(with_handle, slot, writable)
        with self._lock:
            self._sessions[with_handle] = session
        return with_handle

    def close_session(self, handle: int) -> None:
        """The last session of a slot takes the login with it."""
        session = self._live_session(handle)
        with self._lock:
            self._sessions.pop(handle, None)
            last = not self._sessions_of(session.slot)
        with session.slot.lock:
            session.close_update()
            if last:
                session.slot.end_login()

    def close_all_sessions(self, slot_id: int) -> None:
        slot = self.slot(slot_id)
        with self._lock:
            sessions = self._sessions_of(slot)
            self._end_sessions(slot)
        with slot.lock:
            for session in sessions:
                session.close_update()
            slot.end_login()

    def session_counts(self, slot: Slot) -> tuple[int, int]:
        """Open sessions of a slot: all, read/write ones."""
        with self._lock:
            sessions = self._sessions_of(slot)
        return len(sessions), sum(session.writable for session in sessions)

    def log_in(self, session: Session, user: int, code: Secret) -> None:
        """Present a code for all sessions of the session's token."""
        if user == CKU_SO and session.slot.logged_in() is None:
            total, writable = self.session_counts(session.slot)
            if total != writable:
                raise CryptokiError(CKR_SESSION_READ_ONLY_EXISTS)
        session.token.log_in(user, code)

    def using(self, handle: int) -> Using:
        """`with`: the session, its slot locked, its card still the one it was opened on."""
        return Using(self, handle)

    def enter(self, handle: int) -> Session:
        """Lock the session's slot. Raises CKR_SESSION_HANDLE_INVALID."""
        session = self._live_session(handle)
        session.slot.lock.acquire()
        if self._sessions.get(handle) is not session:
            session.slot.lock.release()
            raise CryptokiError(CKR_SESSION_HANDLE_INVALID)
        return session

    def _live_session(self, handle: int) -> Session:
        session = self._sessions.get(handle)
        if session is not None:
            slot = session.slot
            if self._readers.insertion(slot.reader) == slot.insertion is not None:
                return session
            self.refresh()
        raise CryptokiError(CKR_SESSION_HANDLE_INVALID)

    def _known_slot(self, slot_id: int) -> Slot:
        if not 0 <= slot_id < len(self._slots):
            raise CryptokiError(CKR_SLOT_ID_INVALID)
        return self._slots[slot_id]

    def _next_handle(self) -> int:
        with self._lock:
            self._last_handle += 1
            return self._last_handle

    def _record(self, states: dict[str, ReaderState]) -> None:
        for slot in self._slots:
            self._update(slot, states.pop(slot.reader, None))
        for state in states.values():
            slot = Slot(len(self._slots), state.name, self._connect, self._cache)
            self._slots.append(slot)
            self._events.append(slot.id)
            self._update(slot, state)

    def _update(self, slot: Slot, state: ReaderState | None) -> None:
        plugged = state is not None
        insertion = state.insertion if state is not None and state.present else None
        if (slot.plugged, slot.insertion) == (plugged, insertion):
            return
        if slot.id not in self._events:
            self._events.append(slot.id)
        self._end_sessions(slot)
        slot.plugged = plugged
        if state is None or insertion is None:
            slot.leave()
        else:
            slot.arrive(insertion, state.atr)

    def _sessions_of(self, slot: Slot) -> list[Session]:
        return [session for session in self._sessions.values() if session.slot is slot]

    def _end_sessions(self, slot: Slot) -> None:
        for session in self._sessions_of(slot):
            del self._sessions[session.handle]


class Using:
    """See `Provider.using`."""

    __slots__ = ("_handle", "_provider", "_session")

    def __init__(self, provider: Provider, handle: int) -> None:
        self._provider = provider
        self._handle = handle

    def __enter__(self) -> Session:
        self._session = self._provider.enter(self._handle)
        return self._session

    def __exit__(self, *_exception: object) -> None:
        self._session.slot.lock.release()
