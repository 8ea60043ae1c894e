"""A file whose writing was cut: the old value, the new one, or an error, never a mixture."""

from __future__ import annotations

from typing import Any

import pytest

from cryptolib.cryptoki.constants import CKR_DEVICE_ERROR
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.writes import Writes

SERIAL, PATH, OTHER = "99990003", b"\x3f\x00\xd1\x07", b"\x3f\x00\xd1\x00"
OLD, NEW, MIXTURE = b"old old", b"new new", b"new old"


@pytest.fixture
def cut() -> Writes:
    writes = Writes()
    writes.begin(SERIAL, PATH, OLD, NEW)
    return writes


@pytest.mark.parametrize("content", [OLD, NEW])
def test_one_of_both_values_settles_it(cut: Writes, content: bytes) -> None:
    assert cut.checked(SERIAL, PATH, content) == content
    assert cut.checked(SERIAL, PATH, b"written by somebody else since") == b"written by somebody else since"


def test_a_mixture_is_an_error_until_the_file_is_written_anew(cut: Writes) -> None:
    for _ in range(2):
        with pytest.raises(CryptokiError) as caught:
            cut.checked(SERIAL, PATH, MIXTURE)
        assert caught.value.code == CKR_DEVICE_ERROR
    cut.begin(SERIAL, PATH, MIXTURE, NEW)
    cut.end(SERIAL, PATH)
    assert cut.checked(SERIAL, PATH, NEW) == NEW


class Disk:
    """Copies of files as two processes share them."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, bytes, bytes], bytes] = {}

    def load(self, serial: str, path: bytes, edition: bytes) -> bytes | None:
        return self.kept.get((serial, path, edition))

    def store(self, serial: str, path: bytes, edition: bytes, content: bytes) -> None:
        self.kept[serial, path, edition] = content


@pytest.fixture
def processes() -> tuple[Writes, Writes]:
    disk: Any = Disk()
    return Writes(disk), Writes(disk)


def test_another_process_is_warned(processes: tuple[Writes, Writes]) -> None:
    cut, other = processes
    cut.begin(SERIAL, PATH, OLD, NEW)
    with pytest.raises(CryptokiError):
        other.checked(SERIAL, PATH, MIXTURE)
    assert other.checked(SERIAL, PATH, OLD) == OLD


def test_another_process_that_writes_it_anew_settles_it_for_both(processes: tuple[Writes, Writes]) -> None:
    cut, other = processes
    cut.begin(SERIAL, PATH, OLD, NEW)
    other.begin(SERIAL, PATH, MIXTURE, b"a third")
    other.end(SERIAL, PATH)
    assert cut.checked(SERIAL, PATH, b"a third") == b"a third"


def test_what_was_never_begun_leaves_no_note() -> None:
    disk: Any = Disk()
    writes = Writes(disk)
    writes.end(SERIAL, PATH)
    assert writes.checked(SERIAL, PATH, OLD) == OLD
    assert disk.kept == {}


def test_other_files_and_other_cards_have_nothing_to_do_with_it(cut: Writes) -> None:
    assert cut.checked(SERIAL, OTHER, MIXTURE) == MIXTURE
    assert cut.checked("99990004", PATH, MIXTURE) == MIXTURE
