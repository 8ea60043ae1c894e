"""A code in memory: shown to nobody, and gone when it is no longer needed."""

import pytest

from cryptolib.secret import Secret


def test_it_shows_only_its_length() -> None:
    code = Secret(bytearray(b"7391"))
    assert repr(code) == str(code) == f"{code}" == "Secret(4 bytes)"
    assert len(code) == 4


def test_it_is_wiped_in_place() -> None:
    memory = bytearray(b"7391")
    code = Secret(memory)
    assert code.reveal() is memory
    code.wipe()
    assert memory == bytes(4)
    assert len(code) == 4


def test_with_wipes_it_on_every_way_out() -> None:
    memory = bytearray(b"7391")
    with Secret(memory):
        assert memory == b"7391"
    assert memory == bytes(4)
    memory[:] = b"7391"
    with pytest.raises(ZeroDivisionError), Secret(memory):
        1 / 0  # noqa: B018
    assert memory == bytes(4)


def test_a_code_has_no_attribute_to_be_dumped() -> None:
    with pytest.raises(TypeError):
        vars(Secret(bytearray(b"7391")))
