"""`cps watch`: writes a line (or a JSON object) for every card and reader that comes or goes, until Ctrl-C."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

import pkcs11
from pkcs11.exceptions import FunctionFailed, PKCS11Error, TokenNotPresent, TokenNotRecognised

from cryptolib.cli.card_choice import library
from cryptolib.cli.cards import ReaderState, Tries, tries
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.module import registered_path
from cryptolib.cli.options import NoOptions

if TYPE_CHECKING:
    from pkcs11 import _pkcs11

PAUSE = 1.0
"""Seconds before the next look where there is nothing to wait for: no reader service runs."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The contents of a reader at one moment."""

    state: ReaderState
    label: str = ""
    serial: str = ""
    code: Tries = Tries.NONE
    unblocking: Tries = Tries.NONE


@dataclass(frozen=True, slots=True)
class Change:
    """`event` is present or empty at the start; then insertion, removal, plugged or unplugged."""

    event: str
    reader: str
    snapshot: Snapshot


def run(context: Context, options: NoOptions) -> Exit:
    loaded = library()
    waiter = Waiter(registered_path())
    try:
        known = snapshots(loaded)
        for change in _start(known):
            _report(context, change)
        waiter.start()
        while True:
            waiter.changed.get()
            seen = snapshots(loaded)
            for change in changes(known, seen):
                _report(context, change)
            known = seen
    except KeyboardInterrupt:
        return Exit.OK
    except BrokenPipeError:
        # The reader of the output has ended; Python must not report that again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    finally:
        waiter.over.set()
        loaded.finalize()  # ends the wait


class Waiter(Thread):
    """Waits inside the module, where Python would not see Ctrl-C. python-pkcs11 0.9 fails on the event that it gets."""

    def __init__(self, module: Path) -> None:
        super().__init__(daemon=True)
        self.changed: SimpleQueue[None] = SimpleQueue()
        self.over = Event()
        self._wait = ctypes.CDLL(str(module)).C_WaitForSlotEvent

    def run(self) -> None:
        slot = ctypes.c_ulong()
        while not self.over.is_set():
            if self._wait(ctypes.c_ulong(0), ctypes.byref(slot), None) != 0 and self.over.wait(PAUSE):
                return
            self.changed.put(None)

    def changed_within(self, seconds: float) -> bool:
        try:
            self.changed.get(timeout=seconds)
        except Empty:
            return False
        return True


def snapshots(loaded: _pkcs11.lib) -> dict[str, Snapshot]:
    """Every reader; empty while the PC/SC service is away."""
    try:
        return {slot.slot_description: _snapshot(slot) for slot in loaded.get_slots()}
    except PKCS11Error:
        return {}


def _snapshot(slot: pkcs11.Slot) -> Snapshot:
    try:
        token = slot.get_token()
    except TokenNotPresent:
        return Snapshot(ReaderState.EMPTY)
    except TokenNotRecognised:
        return Snapshot(ReaderState.UNKNOWN)
    except FunctionFailed:
        return Snapshot(ReaderState.BUSY)
    except PKCS11Error:
        return Snapshot(ReaderState.FAULT)
    return Snapshot(ReaderState.CPS, token.label, token.serial.decode("ascii", "replace"), *tries(token.flags))


def _start(known: dict[str, Snapshot]) -> Iterator[Change]:
    for reader, now in known.items():
        yield Change("empty" if now.state is ReaderState.EMPTY else "present", reader, now)


def changes(before: dict[str, Snapshot], after: dict[str, Snapshot]) -> Iterator[Change]:
    """The changes between two snapshots. An exchanged card is a removal and an insertion."""
    empty = Snapshot(ReaderState.EMPTY)
    for reader in {**before, **after}:
        old, new = before.get(reader, empty), after.get(reader, empty)
        if reader not in before:
            yield Change("plugged", reader, new)
        if old != new and not _same_card(old, new):
            if old.state is not ReaderState.EMPTY:
                yield Change("removal", reader, old)
            if new.state is not ReaderState.EMPTY:
                yield Change("insertion", reader, new)
        if reader not in after:
            yield Change("unplugged", reader, old)


def _same_card(old: Snapshot, new: Snapshot) -> bool:
    """True if only its use by other programs, or the number of tries left, has changed."""
    if ReaderState.BUSY in (old.state, new.state):
        return ReaderState.EMPTY not in (old.state, new.state)
    return (old.state, old.label, old.serial) == (new.state, new.label, new.serial)


def _report(context: Context, change: Change) -> None:
    now = datetime.now(UTC)
    if context.json:
        facts = {
            "time": now.isoformat(timespec="milliseconds"),
            "event": change.event,
            "reader": change.reader,
            "state": change.snapshot.state,
            "label": change.snapshot.label or None,
            "serial": change.snapshot.serial or None,
        }
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        what = context.text(f"watch.{change.event}", card=card_text(context, change.snapshot))
        sys.stdout.write(f"{now.astimezone():%H:%M:%S}  {change.reader}  {what}\n")
    sys.stdout.flush()


def card_text(context: Context, now: Snapshot) -> str:
    if now.state is ReaderState.CPS:
        return context.text("card.numbered", label=now.label, serial=now.serial)
    return "" if now.state is ReaderState.EMPTY else context.text(f"watch.card.{now.state}")
