"""A file whose writing was cut: the old value, the new one, or an error, never a mixture."""

from __future__ import annotations

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


def test_other_files_and_other_cards_have_nothing_to_do_with_it(cut: Writes) -> None:
    assert cut.checked(SERIAL, OTHER, MIXTURE) == MIXTURE
    assert cut.checked("99990004", PATH, MIXTURE) == MIXTURE
