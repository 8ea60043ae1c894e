"""The gate to libpcsclite: which calls may run together, and what fork() waits for.

libpcsclite (1.8 to 2.5) looks up a handle in its lists at the start of each call. It changes these lists and frees
their items while other threads may be looking; and fork() may leave its mutex locked in the child. So a call that
changes the lists runs alone, as far as the lists are concerned: a call that has been inside for `SETTLED` seconds has
done its look-up and waits for pcscd. fork() waits in the same way.

A call that reads the states of the readers also holds a mutex of the whole process until pcscd has answered (2.0.1 and
later: `readerStatesMutex`). fork() waits for the end of such a call; after `PATIENCE` the child has no PC/SC service.

No call begins while pcscd does not answer, because libpcsclite would wait for it without a limit.
"""

from __future__ import annotations

import posix
from _thread import allocate_lock, get_ident
from time import monotonic

from cryptolib.iso7816.connection import ServiceSilent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# In seconds, all of these. A look-up takes microseconds; the rest allows for a thread that was not scheduled.
SETTLED = 0.1
# A call that changes the lists and lasts longer is waiting for pcscd, and does not touch them any more.
EXCLUSION = 1.0
# How long an answer of pcscd is good for: the calls of a burst share one.
FRESH = 0.0002
# How long pcscd may take to answer a call that needs the card or one that a fork waits for, and one that needs no card.
PATIENCE = 2.0
SHORT_PATIENCE = 0.2
# After pcscd did not answer, the calls of the next `SILENCE` seconds wait only this long.
BRIEF_PATIENCE = 0.1
SILENCE = 1.0


class Exclusion:
    """A lock. Waiting for it ends once its holder has had it for `EXCLUSION` seconds."""

    __slots__ = ("_lock", "_since")

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._since = 0.0

    def acquire(self) -> bool:
        """True if the lock is ours; False if its holder is waiting for pcscd."""
        if not self._lock.acquire(blocking=False):
            rest = self._since + EXCLUSION - monotonic()
            if not self._lock.acquire(timeout=max(rest, 0.001)):
                return False
        self._since = monotonic()
        return True

    def release(self) -> None:
        self._lock.release()


class Gate:
    """`with gate.passing():` around a call that uses a handle, `with gate.changing():` where one is made or ended.

    `looking` is `passing` for a call that reads the states of the readers at once, without a wait for a change.
    `connecting` is for SCardConnect, which adds a handle but may last as long as another program's transaction: it
    excludes only changes and fork(). All four raise ServiceSilent when pcscd does not answer.
    """

    service_answers: Callable[[int, bool], int] = staticmethod(lambda _milliseconds, _keep: 1)
    """native/service.h, from whoever starts the library; without it pcscd is taken to answer."""
    forget_service: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self) -> None:
        self._passing = Passing(self)
        self._looking = Looking(self)
        self._answered = self._silent_until = float("-inf")
        # The number of objects that will call often. While there are any, the socket of `service_answers` stays open.
        self._keepers = 0
        # Set during SCardEstablishContext, which holds libpcsclite's mutex until pcscd has answered.
        self.establishing = False
        self.lost = False
        self.renew()

    def passing(self) -> Passing:
        return self._passing

    def looking(self) -> Passing:
        return self._looking

    def connecting(self) -> Exclusive:
        return Exclusive(self, alone=False)

    def changing(self) -> Exclusive:
        return Exclusive(self, alone=True)

    def keep(self) -> None:
        """Keep the socket open: the caller is going to come often."""
        self._keepers += 1

    def keep_no_longer(self) -> None:
        """Undo `keep`; the last one closes the socket."""
        self._keepers -= 1
        if not self._keepers:
            with self._asking:
                self.forget_service()

    def renew(self) -> None:
        """Start with nobody inside: at the start, and in a forked child, which has no other threads."""
        self.forget_service()
        self._asking = allocate_lock()
        self.changes = Exclusion()
        self.entry = Exclusion()
        # Contexts that could not be released while pcscd did not answer.
        self.unreleased: list[int] = []
        # The threads that are inside, and since when.
        self._inside: dict[int, float] = {}
        # Those of them that read the states of the readers.
        self._lookers: set[int] = set()
        # A call that leaves releases it, for a thread that may wait for that.
        self._left = allocate_lock()
        self._left.acquire()

    def require_answer(self, patience: float = PATIENCE) -> None:
        """Raises ServiceSilent when pcscd does not answer within `patience` seconds."""
        now = monotonic()
        if now - self._answered < FRESH and not self.lost:
            return
        if now < self._silent_until:
            patience = min(patience, BRIEF_PATIENCE)
        if self.lost or not self._asking.acquire(timeout=patience):
            raise ServiceSilent("pcscd does not answer")
        try:
            if self.service_answers(int(patience * 1000), self._keepers > 0):
                self._answered = monotonic()
                return
            # A short time-out does not prove that the service is down: it may be slow on a busy machine.
            if patience == PATIENCE or now < self._silent_until:
                self._silent_until = monotonic() + SILENCE
        finally:
            self._asking.release()
        raise ServiceSilent("pcscd does not answer")

    def enter(self, looks: bool = False) -> None:
        """Begin a call beside others; `looks`: it reads the states of the readers."""
        self.require_answer()
        entry = self.entry
        free = entry.acquire()
        own = get_ident()
        self._inside[own] = monotonic()
        if looks:
            self._lookers.add(own)
        if free:
            entry.release()

    def leave(self) -> None:
        """End a call."""
        own = get_ident()
        self._lookers.discard(own)
        self._inside.pop(own, None)
        self._answered = monotonic()
        if self._left.locked():
            try:
                self._left.release()
            except RuntimeError:
                pass  # another thread was quicker

    def wait_until_settled(self) -> None:
        """Wait until every call inside has left or has been there for `SETTLED` seconds."""
        own = get_ident()
        while True:
            entries = [since for thread, since in self._inside.copy().items() if thread != own]
            rest = max(entries, default=0.0) + SETTLED - monotonic()
            if rest <= 0:
                return
            self._left.acquire(timeout=rest)

    def wait_for_lookers(self) -> None:
        """Wait until nobody else reads the states of the readers, or for `PATIENCE` seconds."""
        end = monotonic() + PATIENCE
        while self.others_look() and (rest := end - monotonic()) > 0:
            self._left.acquire(timeout=rest)

    def others_look(self) -> bool:
        return bool(self._lookers - {get_ident()})


class Passing:
    """See `Gate.passing`. It has no state, so all calls share one."""

    __slots__ = ("_gate",)

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        self._gate.enter()

    def __exit__(self, *_exception: object) -> None:
        self._gate.leave()


class Looking(Passing):
    """See `Gate.looking`."""

    __slots__ = ()

    def __enter__(self) -> None:
        self._gate.enter(looks=True)


class Exclusive:
    """See `Gate.changing` and `Gate.connecting`."""

    __slots__ = ("_alone", "_gate", "_held")

    def __init__(self, gate: Gate, alone: bool) -> None:
        self._gate = gate
        self._alone = alone
        self._held: list[Exclusion] = []

    def __enter__(self) -> None:
        self._gate.require_answer()
        self.take()

    def __exit__(self, *_exception: object) -> None:
        self._gate.leave()
        self.give_back()

    def take(self) -> None:
        self._acquire(self._gate.changes)
        if self._alone:
            self._acquire(self._gate.entry)
            self._gate.wait_until_settled()

    def give_back(self) -> None:
        while self._held:
            self._held.pop().release()

    def excludes_changes(self) -> bool:
        """True if every other change had ended when this one began."""
        return self._gate.changes in self._held

    def _acquire(self, lock: Exclusion) -> None:
        if lock.acquire():
            self._held.append(lock)


gate = Gate()
_forks: dict[int, Exclusive] = {}


def _before_fork() -> None:
    held = _forks[get_ident()] = gate.changing()
    held.take()
    gate.wait_for_lookers()


def _after_fork_in_parent() -> None:
    held = _forks.pop(get_ident(), None)
    if held is not None:
        held.give_back()


def _after_fork_in_child() -> None:
    held = _forks.pop(get_ident(), None)
    _forks.clear()
    # The thread that held a mutex of libpcsclite does not exist in the child, and no other thread can unlock it.
    held_client_mutex = gate.establishing and (held is None or not held.excludes_changes())
    gate.lost = held_client_mutex or gate.others_look()
    gate.establishing = False
    gate.renew()


posix.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
