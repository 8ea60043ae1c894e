"""Reads a code into bytes that can be wiped; leaves no copy in a buffer of Python."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager

from cryptolib.cli.code import Code

LONGEST = 64
"""Bytes. What follows them is read and thrown away: there is no such code."""
_NEWLINE, _RETURN = 0x0A, 0x0D


def read_line(descriptor: int) -> Code:
    """The bytes up to the end of the line or file. The next line is not read.

    :raises OSError: if the descriptor cannot be read.
    """
    line, size = bytearray(LONGEST), 0
    one = bytearray(1)
    while os.readv(descriptor, [one]) and one[0] != _NEWLINE:
        if size < LONGEST:
            line[size] = one[0]
        size += 1
    one[0] = 0
    size = min(size, LONGEST)
    if size and line[size - 1] == _RETURN:
        size -= 1
    code = Code(bytearray(memoryview(line)[:size]))
    line[:] = bytes(LONGEST)
    return code


def read_unseen(prompt: str) -> Code:
    """Read a line from the terminal of this process after `prompt`, without echo.

    :raises OSError: if there is no terminal.
    """
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    try:
        with _without_echo(terminal):
            os.write(terminal, prompt.encode())
            code = read_line(terminal)
            os.write(terminal, b"\n")
        return code
    finally:
        os.close(terminal)


@contextmanager
def _without_echo(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    unseen = [*before]
    unseen[3] &= ~termios.ECHO
    # Input from before the question is no answer to it.
    termios.tcsetattr(terminal, termios.TCSAFLUSH, unseen)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
