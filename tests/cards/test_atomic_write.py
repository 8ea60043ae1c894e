"""Writing a file with an interruption after each command: what the next reader gets."""

import pytest

from cryptolib.cards.atomic_write import HEAD, MARK, samples, steps, value
from cryptolib.cards.errors import CutWrite
from cryptolib.iso7816.apdu import MAX_SHORT_DATA

SIZE = 256
SHORT = b"rendez-vous".ljust(SIZE, b"\0")
ROOM = MAX_SHORT_DATA - HEAD
LONGEST_KEPT = (b"\x01" * ROOM).ljust(SIZE, b"\0")
LONG = b"\x55" * SIZE
OTHER_LONG = b"\xaa" * SIZE
OTHER_SHORT = b"\xff".ljust(SIZE, b"\0")


def states(held: bytes, new: bytes) -> list[bytes]:
    """The content of the file at first and after each command."""
    found = [held]
    for offset, block in steps(held, new):
        assert 1 <= len(block) <= MAX_SHORT_DATA
        held = held[:offset] + block + held[offset + len(block) :]
        found.append(held)
    return found


def given(held: bytes) -> bytes | None:
    """The value that a reader gets, None for an error."""
    try:
        return value(held)
    except CutWrite:
        return None


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 600, 4096])
def test_in_the_end_the_file_holds_the_new_value(size: int) -> None:
    old, new = bytes(size), b"\xff" * size
    assert states(old, new)[-1] == new
    assert value(new) == new


@pytest.mark.parametrize(
    ("old", "new", "meanwhile"),
    [
        (LONG, SHORT, SHORT),
        (LONG, LONGEST_KEPT, LONGEST_KEPT),
        (SHORT, LONG, SHORT),
        (LONGEST_KEPT, LONG, LONGEST_KEPT),
        (LONG, OTHER_LONG, None),
        (SHORT + LONG, OTHER_SHORT + OTHER_LONG, None),
        (LONG + LONG, SHORT + bytes(SIZE), SHORT + bytes(SIZE)),
    ],
    ids=[
        "short new",
        "just short enough",
        "short old",
        "just short enough old",
        "both long",
        "far apart",
        "two blocks",
    ],
)
def test_a_cut_leaves_one_of_both_values_or_an_error(old: bytes, new: bytes, meanwhile: bytes | None) -> None:
    first, *between, last = states(old, new)
    assert (given(first), given(last)) == (old, new)
    assert between
    assert {given(held) for held in between} == {meanwhile}


@pytest.mark.parametrize("old", [LONG, SHORT], ids=["nothing left", "the old value left"])
def test_what_was_cut_can_be_rewritten_and_cut_again(old: bytes) -> None:
    _first, cut, *_rest = states(old, OTHER_LONG)
    again = states(cut, LONG)
    assert {given(held) for held in again[:-1]} == {given(cut)}
    assert again[-1] == LONG
    assert given(states(cut, SHORT)[-1]) == SHORT


def after(held: bytes, written: list[tuple[int, bytes]]) -> list[bytes]:
    """The content of the file after each command."""
    found = []
    for offset, block in written:
        held = held[:offset] + block + held[offset + len(block) :]
        found.append(held)
    return found


@pytest.mark.parametrize("known", [None, SHORT, OTHER_LONG], ids=["nothing", "short", "long"])
@pytest.mark.parametrize("there", [SHORT, LONG], ids=["short there", "long there"])
def test_all_is_written_where_nobody_knows_what_stands_there(there: bytes, known: bytes | None) -> None:
    """A cut never gives a mixture, whatever was there."""
    for new in (OTHER_LONG, OTHER_SHORT):
        *between, last = after(there, steps(known, new, certain=False))
        assert last == new
        kept = new if new == OTHER_SHORT else SHORT if known == SHORT else None
        assert {given(held) for held in between} == {kept}


def test_only_what_changes_is_written_behind_the_mark() -> None:
    held = bytes(4096)
    new = b"\1" + bytes(2000) + b"\2" + bytes(2093) + b"\3"
    (_, mark), *blocks, (_, head) = steps(held, new)
    assert blocks == [(2001, b"\2"), (4095, b"\3")]
    assert len(mark) == len(head) == HEAD


def test_samples_are_of_the_head_and_of_the_change() -> None:
    held = bytes(range(256))
    assert samples(held, held[:100] + b"\0\0" + held[102:]) == [(0, held[:32]), (84, held[84:116])]
    assert samples(held, b"\1" + held[1:]) == [(0, held[:32])]
    assert samples(held, held[:255] + b"\0") == [(0, held[:32]), (224, held[224:])]
    assert samples(b"\1\2", b"\1\3") == [(0, b"\1\2")]


def test_a_change_that_fits_in_one_command_needs_no_mark() -> None:
    assert steps(SHORT, SHORT[:1] + OTHER_LONG[1:]) == [(1, OTHER_LONG[1:])]
    assert steps(SHORT, SHORT) == [(0, SHORT[:1])]


def test_a_damaged_mark_is_an_error() -> None:
    cut = states(LONG, SHORT)[1]
    assert given(cut) == SHORT
    assert given(cut[:30] + b"\xff" + cut[31:]) is None
    assert given(MARK) is None
