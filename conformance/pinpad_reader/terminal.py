"""The keypad at a terminal: says there what the reader shows, and presses the keys that are typed."""

from __future__ import annotations

import os
import select
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from conformance.pinpad_reader.keypad import CANCEL, CLEAR, OK, Keypad
from conformance.pinpad_reader.structures import CONFIRM, CURRENT, NEW

HELP = "The keypad of the reader is here: digits, Enter is OK, Backspace is CLEAR, Escape is CANCEL."
_TEXTS = {CURRENT: "Type the code", NEW: "Type the new code", CONFIRM: "Type the new code again"}
_KEYS = {"\r": OK, "\n": OK, "\x7f": CLEAR, "\b": CLEAR, "\x1b": CANCEL, **{digit: digit for digit in "0123456789"}}
_SHOWN_AS = {OK: "\r\n", CLEAR: " (cleared) ", CANCEL: " (cancelled)\r\n"}
_LOOK_SECONDS = 0.05


@contextmanager
def keypad_at_terminal(keypad: Keypad) -> Iterator[None]:
    """While the reader waits for keys, and only then, they are read from the terminal, if there is one."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        yield
        return
    over = Event()
    thread = Thread(target=_serve, args=(keypad, terminal, over))
    os.write(terminal, f"{HELP}\r\n".encode())
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        os.close(terminal)


def _serve(keypad: Keypad, terminal: int, over: Event) -> None:
    said = 0
    while not over.wait(_LOOK_SECONDS):
        if keypad.asking():
            with _key_by_key(terminal):
                said = _serve_entry(keypad, terminal, over, said)


def _serve_entry(keypad: Keypad, terminal: int, over: Event, said: int) -> int:
    """How many texts of the reader have been said."""
    while keypad.asking() and not over.is_set():
        shown = keypad.shown()
        for text in shown[said:]:
            os.write(terminal, f"[reader] {_TEXTS[text.wants]}: ".encode())
        said = len(shown)
        if select.select([terminal], [], [], _LOOK_SECONDS)[0]:
            key = _KEYS.get(os.read(terminal, 1).decode("latin-1"))
            if key is not None:
                os.write(terminal, _SHOWN_AS.get(key, "*").encode())
                keypad.press(key)
    return said


@contextmanager
def _key_by_key(terminal: int) -> Iterator[None]:
    """Each key at once, and none of them shown; Ctrl-C still interrupts."""
    before = termios.tcgetattr(terminal)
    changed = list(before)
    changed[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSADRAIN, changed)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
