"""Where pointers end: NULL, absurd lengths, and the two-call rule."""

from __future__ import annotations

from typing import Any

import pytest

from cryptolib.cryptoki.constants import CKR_ARGUMENTS_BAD, CKR_BUFFER_TOO_SMALL, CKR_DEVICE_ERROR
from cryptolib.cryptoki.errors import CryptokiError
from tests.abi.host import NULL, ffi

# Behind `host`, which says what memory is.
from cryptolib.abi import inputs, memory, render  # isort: skip


def refused(work: Any, *arguments: Any) -> int:
    with pytest.raises(CryptokiError) as caught:
        work(*arguments)
    return caught.value.code


class TestInput:
    def test_bytes_are_copied(self) -> None:
        room = ffi.new("char[]", b"abc")
        content = inputs.read(room, 3)
        room[0] = b"x"
        assert content == b"abc"

    def test_null_holds_nothing_and_cannot_hold_more(self) -> None:
        assert inputs.read(NULL, 0) == b""
        assert refused(inputs.read, NULL, 1) == CKR_ARGUMENTS_BAD

    @pytest.mark.parametrize("length", [(1 << 31) + 1, 1 << 63, (1 << 64) - 1])
    def test_lengths_beyond_2_gib_are_refused(self, length: int) -> None:
        assert refused(inputs.read, ffi.new("char[1]"), length) == CKR_ARGUMENTS_BAD

    def test_a_code_of_any_length_is_copied_into_a_secret(self) -> None:
        room = ffi.new("char[]", b"7391")
        with inputs.read_secret(room, 4) as code:
            assert code.reveal() == b"7391"
        assert ffi.string(room) == b"7391", "the host's own memory is the host's"
        assert len(inputs.read_secret(room, 0)) == 0
        assert refused(inputs.read_secret, NULL, 0) == CKR_ARGUMENTS_BAD
        for length in (65, 1 << 40, (1 << 64) - 1):
            assert inputs.read_secret(room, length).reveal() == bytes(65), "longer than any, and not read"
        command = ffi.new("char[]", bytes(range(1, 250)))
        assert inputs.read_secret(command, 249, 261).reveal() == bytes(range(1, 250))

    def test_a_parameter_is_read_when_it_is_wanted(self) -> None:
        made = ffi.new("CK_MECHANISM *")
        made.mechanism, made.ulParameterLen = 13, 24
        made.pParameter = ffi.cast("void *", 0xDEAD)
        assert inputs.read_mechanism(made).type == 13
        fields = ffi.new("unsigned long[3]", [0x250, 2, 32])
        made.pParameter = fields
        assert inputs.read_mechanism(made).pss() == (0x250, 2, 32)
        assert refused(inputs.read_mechanism, NULL) == CKR_ARGUMENTS_BAD


class TestOutput:
    def test_a_length_query_gets_the_length(self) -> None:
        length = ffi.new("unsigned long *", 0)
        assert not memory.Output(NULL, length).ready(256)
        assert length[0] == 256

    def test_a_buffer_that_is_too_small_gets_the_length_that_it_should_have(self) -> None:
        length = ffi.new("unsigned long *", 255)
        assert refused(memory.Output(ffi.new("char[255]"), length).ready, 256) == CKR_BUFFER_TOO_SMALL
        assert length[0] == 256

    @pytest.mark.parametrize("room", [4, 5, 1000])
    def test_a_buffer_that_is_large_enough(self, room: int) -> None:
        buffer, length = ffi.new("char[1000]"), ffi.new("unsigned long *", room)
        output = memory.Output(buffer, length)
        assert output.ready(4)
        output.write(b"abc")
        assert (length[0], ffi.buffer(buffer)[:4]) == (3, b"abc\0")

    @pytest.mark.parametrize("size", [0, 1, 256])
    def test_what_is_longer_than_announced_is_never_written(self, size: int) -> None:
        """However much room there is: the caller counts on the length that it got."""
        buffer, length = ffi.new("char[1000]"), ffi.new("unsigned long *", 1000)
        output = memory.Output(buffer, length)
        assert output.ready(size)
        assert refused(output.write, b"x" * (size + 1)) == CKR_DEVICE_ERROR
        assert ffi.buffer(buffer)[:] == bytes(1000)

    def test_nothing_is_written_before_the_caller_has_room(self) -> None:
        buffer, length = ffi.new("char[10]"), ffi.new("unsigned long *", 10)
        assert refused(memory.Output(buffer, length).write, b"x") == CKR_DEVICE_ERROR
        assert refused(memory.Output(NULL, length).write, b"x") == CKR_DEVICE_ERROR

    @pytest.mark.parametrize("given", [0, 7, 9, 5000])
    def test_a_buffer_is_filled_or_left_alone(self, given: int) -> None:
        buffer = ffi.new("char[16]")
        assert refused(memory.write_all, buffer, 8, b"x" * given) == CKR_DEVICE_ERROR
        assert ffi.buffer(buffer)[:] == bytes(16)
        memory.write_all(buffer, 8, b"x" * 8)
        assert ffi.buffer(buffer)[:] == b"x" * 8 + bytes(8)

    def test_without_a_place_for_the_length(self) -> None:
        assert refused(memory.Output, NULL, NULL) == CKR_ARGUMENTS_BAD

    def test_a_list_follows_the_two_call_rule(self) -> None:
        count, room = ffi.new("unsigned long *", 0), ffi.new("unsigned long[2]")
        memory.write_list([7, 8], NULL, count)
        assert count[0] == 2
        memory.write_list([7, 8], room, count)
        assert list(room) == [7, 8]
        count[0] = 1
        assert refused(memory.write_list, [7, 8], room, count) == CKR_BUFFER_TOO_SMALL
        assert count[0] == 2
        memory.write_list([], room, count)
        assert count[0] == 0


class TestText:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("", "        "),
            ("CPS3", "CPS3    "),
            ("12345678", "12345678"),
            ("123456789", "12345678"),
            ("é" * 8, "éééé"),
            ("1234567é", "1234567 "),  # not cut inside a character
        ],
    )
    def test_fields_are_filled_with_blanks(self, value: str, shown: str) -> None:
        field = ffi.new("unsigned char[8]", b"garbage!")
        render.text(field, value)
        assert ffi.buffer(field)[:] == shown.encode()

    def test_long_names_lose_their_middle(self) -> None:
        name = "A reader of a maker who likes long names, built into a keyboard [00 01] 00 00"
        shown = render.shortened(name, 64)
        assert (len(shown), shown[:30], shown[-31:]) == (64, name[:30], name[-31:])
        assert render.shortened("short", 64) == "short"
