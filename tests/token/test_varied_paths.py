"""Directories with relative paths, or with paths to a part of a file: everything is found and read."""

from pathlib import Path

import pytest

from conformance.virtual_card.varied_paths import BEFORE, BEHIND
from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import CKA_VALUE, CKM_RSA_PKCS, CKU_USER
from cryptolib.pkcs15.cache import Cache
from cryptolib.token.objects import DataObject
from cryptolib.token.token import Token
from tests.support import AUTHENTICATION, CARDS, PIN, SIGNATURE, SMALL_CPS_DATA, inserted, labelled, opened, secret
from tests.token.test_signing import check, data_for, sign

VARIATIONS = ["relative-paths", "path-parts"]


def values(token: Token) -> dict[str, bytes]:
    return {
        f"{item.object_class} {item.label}": item.value(CKA_VALUE)
        for item in token.objects().values()
        if CKA_VALUE in item.attributes
    }


def logged_in(profile: str, *variations: str) -> Token:
    _connection, token = opened(profile, *variations)
    token.log_in(CKU_USER, secret(PIN))
    return token


@pytest.mark.parametrize("variation", VARIATIONS)
@pytest.mark.parametrize("card", CARDS)
class TestVariedPaths:
    def test_every_value_is_that_of_the_card(self, card: str, variation: str) -> None:
        assert values(logged_in(card, variation)) == values(logged_in(card))

    def test_what_was_selected_in_between_does_not_matter(self, card: str, variation: str) -> None:
        token = logged_in(card, variation)
        expected = values(logged_in(card))
        for item in token.objects().values():
            if CKA_VALUE in item.attributes:
                token.flags()
                assert item.value(CKA_VALUE) == expected[f"{item.object_class} {item.label}"]

    @pytest.mark.parametrize("role", [SIGNATURE, AUTHENTICATION])
    def test_both_keys_sign(self, card: str, variation: str, role: str) -> None:
        token = logged_in(card, variation)
        data = data_for(CKM_RSA_PKCS)
        check(card, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)

    def test_copies_on_disk_spare_as_much(self, card: str, variation: str, tmp_path: Path) -> None:
        folder = tmp_path / "cache"
        folder.mkdir(mode=0o700)
        starts = []
        for _start in range(2):
            connection = inserted(card, variation)
            token = Token(driver_of(card)(connection), Cache(str(folder)))
            starts.append((values_for_everybody(token), len(connection.commands)))
        (first, cold), (second, warm) = starts
        assert first == second
        assert warm < cold / 4

    def test_cps_data_is_written_and_nothing_beside_it(self, card: str, variation: str) -> None:
        connection, token = opened(card, SMALL_CPS_DATA, variation)
        token.log_in(CKU_USER, secret(PIN))
        data = labelled(token, "CPS_DATA")
        assert isinstance(data, DataObject)
        size = len(data.value(CKA_VALUE))
        for content in (b"new", bytes(range(1, 256)) + b"!"):
            token.files.replace(data.path, content)
            assert data.value(CKA_VALUE) == content.ljust(size, b"\0")
            held = connection.card.file("3F00/0001/D107").content
            around = (BEFORE, BEHIND) if variation == "path-parts" else (b"", b"")
            assert held == around[0] + content.ljust(size, b"\0") + around[1]


def values_for_everybody(token: Token) -> dict[str, bytes]:
    return {
        item.label: item.value(CKA_VALUE)
        for item in token.objects().values()
        if CKA_VALUE in item.attributes and not item.private and item.label != "CPS_DATA"
    }
