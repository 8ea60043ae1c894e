"""The two threads beside that of the screen: one runs actions, one watches the readers."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Flag
from threading import Thread

from pkcs11.exceptions import PKCS11Error

from cryptolib.cli.card_choice import library
from cryptolib.cli.failure import Failure
from cryptolib.cli.module import registered_path
from cryptolib.cli.screen.events import ActionEnded, DefectFound, Event, ReadersSeen
from cryptolib.cli.watch import Waiter, changes, snapshots

Post = Callable[[Event], object]

LOOK_AGAIN = 2.0
"""Seconds. PKCS#11 has no event for a code that another program blocks, or for a card that it gives back.

A look is an access of a few milliseconds, for which pcscd has to power the card if nobody else uses it.
"""


class Work:
    """Runs one action at a time, like the card."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._thread: Thread | None = None

    @property
    def busy(self) -> bool:
        return self._thread is not None

    def start(self, work: Callable[[], None]) -> None:
        assert not self.busy
        self._thread = Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def ended(self) -> None:
        """The screen has handled the end of the action."""
        self._thread = None

    def wait(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            # Python would print the exception over the screen.
            self._post(DefectFound(Failure("failure.screen", detail=type(error).__name__)))
        finally:
            self._post(ActionEnded())


class ReaderWatch(Thread):
    """Reports the contents of the readers, at first and after each change.

    It looks when a card or a reader comes or goes, and every `LOOK_AGAIN` while no action is running.
    """

    def __init__(self, post: Post, busy: Callable[[], bool]) -> None:
        super().__init__(daemon=True)
        self._post = post
        self._busy = busy
        self._over = Flag()
        self._waiter: Waiter | None = None

    def run(self) -> None:
        try:
            loaded = library()
        except Failure as failure:
            self._post(DefectFound(failure))
            return
        known = snapshots(loaded)
        self._post(ReadersSeen(known, []))
        self._waiter = Waiter(registered_path())
        self._waiter.start()
        while not self._over.is_set():
            if not self._waiter.changed_within(LOOK_AGAIN) and self._busy():
                continue
            seen = snapshots(loaded)
            if seen != known and not self._over.is_set():
                self._post(ReadersSeen(seen, list(changes(known, seen))))
            known = seen

    def end(self) -> None:
        """End the use of the module in this process, which ends the wait."""
        self._over.set()
        if self._waiter is not None:
            self._waiter.over.set()
            try:
                library().finalize()
            except (Failure, PKCS11Error):
                return
