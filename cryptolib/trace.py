"""The two trace files of each process and thread: PKCS#11 calls, and exchanges with the card.

File names and line formats are those of the original, which support staff know. Callers hide codes before they pass
text.
"""

from __future__ import annotations

import posix
import time
from _stat import S_ISREG
from _thread import get_ident

from cryptolib import files

CALLS = "cps3p11"
CARD = "cps3opsc"

# Levels of the card trace: errors, and every exchange.
ERRORS = 1
EXCHANGES = 5

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TITLE = {
    CALLS: "*************** Traces PKCS#11 CPS3 *****************",
    CARD: "*************** Traces carte CPS *****************",
}
_FLAGS = (
    posix.O_WRONLY | posix.O_APPEND | posix.O_CREAT
    | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_NOCTTY | posix.O_CLOEXEC
)  # fmt: skip
_WIDTH = 16

# What is on. A trace that is off costs one comparison.
calls = False
debug = 0
_folder = ""


def configure(with_calls: bool, level: int, folder: str) -> None:
    """Switch the trace of calls, set the level of the card trace (0 to 10, 0 is off) and the folder of both."""
    global calls, debug, _folder
    calls, debug, _folder = with_calls, level, folder


def write(kind: str, text: str) -> None:
    """Append one line to this thread's file. A file that cannot be written, or is not ours, is ignored.

    The file is closed at once: an open descriptor in each thread would use up numbers of the host.
    """
    process, thread = posix.getpid(), get_ident()
    try:
        file = posix.open(f"{_folder}/{kind}_{process:x}_{thread:x}.log", _FLAGS, 0o600)
        try:
            status = posix.fstat(file)
            if not S_ISREG(status.st_mode) or status.st_nlink > 1 or status.st_uid != posix.geteuid():
                return
            head = "" if status.st_size else f"{_TITLE[kind]}\nProcess = {process}\n\n"
            files.write_all(file, f"{head}{_now()} : {text}\n".encode("utf-8", "replace"))
        finally:
            posix.close(file)
    except (OSError, ValueError, MemoryError):
        pass


def exchange(command: bytes, answer: bytes) -> None:
    """Write a command APDU and its answer as dumps."""
    _dump("Outgoing", command)
    _dump("Incoming", answer)


def hidden(command: bytearray, header: int) -> bytes:
    """The command with asterisks in place of its data, after `header` bytes."""
    return bytes(command[:header]) + b"*" * (len(command) - header)


def _dump(direction: str, data: bytes) -> None:
    lines = [f"{direction} APDU data [{len(data):5d} bytes] ====================================="]
    for start in range(0, len(data), _WIDTH):
        part = data[start : start + _WIDTH]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        lines.append(f"{part.hex(' ').upper():<{3 * _WIDTH}} {text}")
    write(CARD, "\n".join(lines))


def _now() -> str:
    """`Mon Nov 23 12:55:02.014`, in English whatever the host's locale."""
    seconds = time.time()
    now = time.localtime(seconds)
    milliseconds = int(seconds * 1000) % 1000
    clock = f"{now.tm_hour:02d}:{now.tm_min:02d}:{now.tm_sec:02d}.{milliseconds:03d}"
    return f"{_DAYS[now.tm_wday]} {_MONTHS[now.tm_mon - 1]} {now.tm_mday:02d} {clock}"
