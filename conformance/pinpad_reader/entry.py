"""The entry of codes on the keypad: what the reader shows, which keys come, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition

from conformance.pinpad_reader.structures import CONFIRM, NEW, PinRequest, Question

OK, CLEAR, CANCEL = "OK", "CLEAR", "CANCEL"
TIME_OUT = "TIME_OUT"
"""No key: the time that the reader gives is over at once."""
KEYS = (*"0123456789", OK, CLEAR, CANCEL, TIME_OUT)

MAX_SIZE_REACHED, VALIDATION_KEY, TIME_IS_OVER = 0x01, 0x02, 0x04
LOOK_SECONDS = 0.05


class EntryEnded(Exception):
    """The entry ended without codes; the reader answers with this status word."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


class CardGone(Exception):
    """The card was taken out while the reader waited for keys."""


STATUS_TIMED_OUT, STATUS_CANCELLED, STATUS_DIFFERENT, STATUS_LENGTH = 0x6400, 0x6401, 0x6402, 0x6403


@dataclass
class Keys:
    """The keys that are pressed, from another thread, for the entry under way or for the next ones."""

    _now: list[str] = field(default_factory=list)
    _next: list[list[str]] = field(default_factory=list)
    _active: bool = False
    _changed: Condition = field(default_factory=Condition)

    def press(self, keys: list[str]) -> None:
        """Press keys for the running entry; before one begins, each call is for an entry of its own."""
        with self._changed:
            if self._active:
                self._now += keys
            else:
                self._next.append(keys)
            self._changed.notify_all()

    def forget(self) -> None:
        with self._changed:
            self._now.clear()
            self._next.clear()

    @property
    def active(self) -> bool:
        with self._changed:
            return self._active

    def begin(self) -> bool:
        """False when there is an entry already, at the other slot."""
        with self._changed:
            if self._active:
                return False
            self._active = True
            self._now = self._next.pop(0) if self._next else []
            return True

    def end(self) -> None:
        """Keys that nobody asked for are lost."""
        with self._changed:
            self._active = False
            self._now = []

    def take(self, seconds: float) -> str | None:
        """The next key; None when none comes in so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._now, seconds)
            return self._now.pop(0) if self._now else None


@dataclass(frozen=True)
class Entry:
    """One request at the keypad; ``show`` is told each question, ``still_there`` asked for the card."""

    request: PinRequest
    keys: Keys
    show: Callable[[Question], None]
    still_there: Callable[[], bool]

    def codes(self) -> dict[str, str]:
        """The typed codes by question.

        :raises EntryEnded: the reader answers without a command to the card.
        :raises CardGone: the card was removed.
        """
        codes = {}
        for question in self.request.questions:
            self.show(question)
            codes[question.wants] = self._code()
        if CONFIRM in codes and codes[CONFIRM] != codes[NEW]:
            raise EntryEnded(STATUS_DIFFERENT)
        return codes

    def _code(self) -> str:
        code = self._digits()
        if not self.request.shortest <= len(code) <= self.request.longest:
            raise EntryEnded(STATUS_LENGTH)
        return code

    def _digits(self) -> str:
        digits = ""
        while True:
            seconds = self.request.next_key_seconds if digits else self.request.first_key_seconds
            key = self._key(seconds)
            if key == OK:
                if self.request.validation & VALIDATION_KEY:
                    return digits
            elif key == CLEAR:
                digits = ""
            elif key == CANCEL:
                raise EntryEnded(STATUS_CANCELLED)
            elif key == TIME_OUT:
                if digits and self.request.validation & TIME_IS_OVER:
                    return digits
                raise EntryEnded(STATUS_TIMED_OUT)
            else:
                digits += key
                if len(digits) == self.request.longest and self.request.validation & MAX_SIZE_REACHED:
                    return digits

    def _key(self, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            key = self.keys.take(min(left, LOOK_SECONDS))
            if key is not None:
                return key
            if not self.still_there():
                raise CardGone
        return TIME_OUT
