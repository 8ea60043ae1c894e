"""The form of a code, its allowed lengths, reading it, and wiping it."""

import os
import pty

import pytest

from cryptolib.cli.code import Code
from cryptolib.cli.codes.reading import LONGEST, read_line, read_unseen
from cryptolib.cli.codes.rules import UNBLOCKING, Lengths, is_allowed

FOUR = Lengths(4, 4)


def code(text: str) -> Code:
    return Code(bytearray(text.encode()))


@pytest.mark.parametrize("text", ["", "123", "12345", "12a4", "12 4", "\uff11" * 4, "²" * 4, "²²", "-123", "1234\n"])
def test_what_is_no_code_never_reaches_the_card(text: str) -> None:
    assert not is_allowed(code(text), FOUR)


def test_the_lengths_are_those_of_the_token() -> None:
    assert is_allowed(code("1234"), FOUR) and is_allowed(code("0000"), FOUR)
    assert [is_allowed(code("1" * length), Lengths(4, 8)) for length in range(3, 10)] == [False, *[True] * 5, False]
    assert is_allowed(code("12345678"), UNBLOCKING) and not is_allowed(code("1234"), UNBLOCKING)


def test_lengths_are_given_as_users_say_them() -> None:
    assert (str(FOUR), str(Lengths(4, 8))) == ("4", "4-8")


def test_a_code_is_wiped_and_never_shown() -> None:
    value = bytearray(b"1234")
    with Code(value) as held:
        assert held == code("1234") and held != code("4321")
        assert "1234" not in f"{held} {held!r}"
    assert value == bytes(4)
    with pytest.raises(TypeError):
        hash(held)


def lines(content: bytes) -> int:
    """A descriptor that this can be read from."""
    ours, theirs = os.pipe()
    os.write(theirs, content)
    os.close(theirs)
    return ours


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b"1234\n5678\n", [b"1234", b"5678", b""]),
        (b"1234\r\n5678", [b"1234", b"5678"]),
        (b"\n", [b""]),
        (b"1" * (LONGEST + 9) + b"\n5678\n", [b"1" * LONGEST, b"5678"]),
    ],
)
def test_each_line_is_a_code(content: bytes, read: list[bytes]) -> None:
    descriptor = lines(content)
    try:
        assert [bytes(read_line(descriptor).value) for _ in read] == read
    finally:
        os.close(descriptor)


def test_a_descriptor_that_is_closed_is_an_error() -> None:
    descriptor = lines(b"")
    os.close(descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        read_line(descriptor)


def test_what_is_typed_is_not_seen() -> None:
    child, terminal = pty.fork()
    if child == 0:
        with read_unseen("Code : ") as typed:
            os._exit(0 if bytes(typed.value) == b"1234" else 1)
    shown = b""
    while b"Code : " not in shown:
        shown += os.read(terminal, 100)
    os.write(terminal, b"1234\n")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    shown += os.read(terminal, 100)
    os.close(terminal)
    assert shown == b"Code : \r\n"
