"""Attribute values as an application of this machine expects them in its memory."""

import struct

import pytest

from cryptolib.cryptoki.attributes import big_integer, boolean, from_ulong, ulong


@pytest.mark.parametrize("value", [0, 1, 0x0102, 0xFFFFFFFF, (1 << 64) - 1])
def test_a_ulong_is_the_machine_s(value: int) -> None:
    assert ulong(value) == struct.pack("@L", value)
    assert from_ulong(ulong(value)) == value


def test_unavailable_information_is_all_ones() -> None:
    assert ulong(-1) == b"\xff" * 8


def test_booleans_are_one_byte() -> None:
    assert (boolean(True), boolean(False)) == (b"\1", b"\0")


@pytest.mark.parametrize(("value", "written"), [(0x010001, "010001"), (0x80, "80"), (0x0100, "0100"), (0, "")])
def test_big_integers_have_no_leading_zero(value: int, written: str) -> None:
    assert big_integer(value).hex() == written
