"""Places: a file, a part of one, and what a relative path is relative to."""

import pytest

from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15.place import absolute, parts, place

APPLICATION, FILE = bytes.fromhex("3F000001"), bytes.fromhex("3F000001A001")


@pytest.mark.parametrize("part", [(0, 0), (4, 0x4EE), (0, 1), (0x8000, 0), (1, 0x8000)])
def test_a_place_is_taken_apart_again(part: tuple[int, int]) -> None:
    assert parts(place(FILE, *part)) == (FILE, *part)


def test_a_whole_file_is_its_path() -> None:
    assert place(FILE) == FILE


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("A001", "3F000001A001"),
        ("3F000001A001", "3F000001A001"),
        ("3F00A001", "3F00A001"),
        ("0001A001", "3F000001A001"),
        ("0003A001", "3F0000010003A001"),
        ("", ""),
    ],
)
def test_a_path_that_does_not_begin_at_the_mf_begins_in_the_application(path: str, found: str) -> None:
    for part in ((0, 0), (4, 9)):
        if path or part == (0, 0):
            assert absolute(place(bytes.fromhex(path), *part), APPLICATION) == place(bytes.fromhex(found), *part)


@pytest.mark.parametrize("part", [(-1, 0), (0, -1), (0x8001, 0), (0, 0x8001), (1 << 64, 1 << 64)])
def test_what_no_command_can_address_is_no_place(part: tuple[int, int]) -> None:
    with pytest.raises(TlvError):
        place(FILE, *part)


def test_no_path_is_taken_for_a_part() -> None:
    with pytest.raises(TlvError):
        place(bytes.fromhex("FFFF00010002A001"))
