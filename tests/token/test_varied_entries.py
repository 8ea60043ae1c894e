"""Directories in another encoding, with optional fields, with values in place of paths, and with unneeded entries."""

from pathlib import Path

import pytest

from conformance.virtual_card.varied_entries import LATIN_NAME
from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import CKA_MODULUS_BITS, CKA_VALUE, CKM_RSA_PKCS, CKO_PUBLIC_KEY, CKU_SO, CKU_USER
from cryptolib.pkcs15.cache import Cache
from cryptolib.token.token import Token
from tests.support import AUTHENTICATION, CARDS, PIN, PUK, SIGNATURE, inserted, labelled, opened, public_key, secret
from tests.token.test_signing import LABELS, check, data_for, sign
from tests.token.test_varied_paths import logged_in, values

SAME = [
    "long-lengths",
    *(f"applications={how}" for how in ("records", "fields", "without-path", "relative", "strangers")),
    "authentication-usage=2",
    *(f"key-entries={how}" for how in ("key-info", "key-info-sequence", "without-length", "without-path", "dates")),
    *(f"direct-values={what}" for what in ("certificates", "data", "public-keys", "codes")),
    *(f"more-entries={what}" for what in ("elsewhere", "odd", "other-kinds", "to-be-made")),
    *(f"texts={how}" for how in ("blanks", "zeros", "latin-1")),
    "directory-files=named",
    "directory-files=current",
    "unblocking-flag",
    "unblocking-flag=first",
    "key-usages=2,9:1,2,9",
    "key-usages=2,9:2,9",
    "key-usages=2:2",
    "key-usages=9:2,5",
]


@pytest.mark.parametrize("variation", SAME)
@pytest.mark.parametrize("card", CARDS)
def test_the_objects_are_those_of_the_issued_card(card: str, variation: str) -> None:
    token = logged_in(card, variation)
    assert values(token) == values(logged_in(card))
    data = data_for(CKM_RSA_PKCS)
    for role in (SIGNATURE, AUTHENTICATION):
        check(card, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)


@pytest.mark.parametrize("card", CARDS)
def test_a_key_without_length_has_that_of_its_certificate(card: str) -> None:
    token = logged_in(card, "key-entries=without-length")
    for role in (SIGNATURE, AUTHENTICATION):
        key = labelled(token, LABELS[role])
        assert int.from_bytes(key.value(CKA_MODULUS_BITS), "little") == 2048


@pytest.mark.parametrize("card", CARDS)
def test_texts_have_no_padding(card: str) -> None:
    _connection, usual = opened(card)
    for how in ("blanks", "zeros", "latin-1"):
        _connection, token = opened(card, f"texts={how}")
        assert token.directory.label == usual.directory.label
        assert token.directory.manufacturer == (LATIN_NAME if how == "latin-1" else usual.directory.manufacturer)


@pytest.mark.parametrize("variation", ["unblocking-flag", "unblocking-flag=first"])
@pytest.mark.parametrize("card", CARDS)
def test_the_code_that_only_unblocks_is_never_presented_for_the_holder_s(card: str, variation: str) -> None:
    connection, token = opened(card, variation)
    token.log_in(CKU_USER, secret(PIN))
    token.log_out()
    token.log_in(CKU_SO, secret(PUK))
    token.reset_pin(secret(PIN))
    assert (connection.card.pin_tries, connection.card.puk_tries) == (3, 10)


def test_a_public_key_may_stand_in_subject_public_key_info() -> None:
    _connection, token = opened("cps4", "public-key-info")
    for item in token.objects().values():
        if item.object_class == CKO_PUBLIC_KEY:
            role = SIGNATURE if "Signature" in item.label else AUTHENTICATION
            numbers = public_key("cps4", role).public_numbers()
            assert numbers.n.to_bytes(256, "big") in item.value(CKA_VALUE)


@pytest.mark.parametrize("file", ["7004", "7004:never", "7006", "7006:never"])
@pytest.mark.parametrize("card", CARDS)
def test_keys_work_without_a_protected_directory(card: str, file: str, tmp_path: Path) -> None:
    """An unreadable directory is not kept as an empty one, on disk or in memory."""
    (tmp_path / "copies").mkdir(mode=0o700)
    for variations in ([f"protected={file}"], []):
        token = Token(driver_of(card)(inserted(card, *variations)), Cache(str(tmp_path / "copies")))
        assert token.objects()
        token.log_in(CKU_USER, secret(PIN))
        data = data_for(CKM_RSA_PKCS)
        check(card, SIGNATURE, CKM_RSA_PKCS, sign(token, SIGNATURE, CKM_RSA_PKCS, data), data)
    assert values(token) == values(logged_in(card))
