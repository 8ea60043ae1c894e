"""When a file comes from the card, when from its copy, and what makes copies worthless."""

from pathlib import Path

import pytest

from cryptolib.pkcs15.cache import Cache
from cryptolib.pkcs15.public_files import PublicFiles

SERIAL = "99990003"
FIRST, SECOND = b"\x01", b"\x02"
DATES_FILE = bytes.fromhex("3F00D010")
FILE, OTHER = bytes.fromhex("3F002F00"), bytes.fromhex("3F0000015031")


class Reads:
    """A card that answers with the path; the paths that it was asked for."""

    def __init__(self) -> None:
        self.paths: list[bytes] = []

    def __call__(self, path: bytes) -> bytes:
        self.paths.append(path)
        return b"content of " + path


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    tmp_path.chmod(0o700)
    return Cache(str(tmp_path))


def reads(files: PublicFiles, *paths: bytes) -> list[bytes]:
    """The files that are read from the card."""
    card = Reads()
    for path in paths:
        assert files.get(path, card) == b"content of " + path
    return card.paths


def inserted(cache: Cache | None, dates: bytes | None = None) -> PublicFiles:
    files = PublicFiles(cache, SERIAL)
    files.check_card_dates(DATES_FILE, dates)
    return files


def test_the_second_time_the_card_is_left_alone(cache: Cache) -> None:
    assert reads(inserted(cache), FILE, OTHER) == [FILE, OTHER]
    assert reads(inserted(cache), FILE, OTHER) == []


def test_without_a_cache_the_card_is_asked_each_time() -> None:
    assert reads(inserted(None, FIRST), FILE, FILE) == [FILE, FILE]
    inserted(None).forget()


def test_a_card_that_refuses_leaves_no_copy(cache: Cache) -> None:
    def refuse(_path: bytes) -> bytes:
        raise PermissionError

    with pytest.raises(PermissionError):
        inserted(cache).get(FILE, refuse)
    assert reads(inserted(cache), FILE) == [FILE]


def test_another_card_is_asked_itself(cache: Cache) -> None:
    reads(inserted(cache), FILE)
    assert reads(PublicFiles(cache, "99990004"), FILE) == [FILE]


def test_a_later_edition_of_the_directory_replaces_what_it_dates(cache: Cache) -> None:
    for date, expected in ((b"20260101000000Z", [OTHER]), (b"20260202000000Z", [OTHER]), (b"20260202000000Z", [])):
        files = inserted(cache)
        reads(files, FILE)
        files.set_edition(date)
        assert reads(files, OTHER) == expected
    assert reads(inserted(cache), FILE) == []


@pytest.mark.parametrize(
    ("last_time", "now", "copies_hold"),
    [
        (None, None, True),
        (FIRST, FIRST, True),
        (FIRST, None, True),  # a card without the file says nothing against its copies
        (None, FIRST, False),
        (FIRST, SECOND, False),
    ],
)
def test_dates_of_update(cache: Cache, last_time: bytes | None, now: bytes | None, copies_hold: bool) -> None:
    reads(inserted(cache, last_time), FILE, OTHER)
    assert reads(inserted(cache, now), FILE, OTHER) == ([] if copies_hold else [FILE, OTHER])
    assert reads(inserted(cache, now), FILE, OTHER) == []


def test_other_dates_delete_what_nobody_asks_for_any_more(cache: Cache, tmp_path: Path) -> None:
    reads(inserted(cache, FIRST), FILE, OTHER)
    inserted(cache, SECOND)
    assert [file.name for file in tmp_path.iterdir()] == ["99990003_3F00D010"]


def test_a_card_that_contradicts_its_copies_is_read_anew(cache: Cache) -> None:
    files = inserted(cache)
    reads(files, FILE)
    files.forget()
    assert reads(inserted(cache), FILE) == [FILE]
