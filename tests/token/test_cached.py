"""A token that starts from copies on disk: what it spares, and what a wrong copy costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryptolib.cards.catalog import DRIVERS
from cryptolib.cryptoki.constants import CKA_VALUE, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.pkcs15.cache import Cache
from cryptolib.token.token import Token
from tests.support import CARDS, PIN, VirtualConnection, inserted, labelled, secret

CUT = b"\x30\x7f"
WRONG = [("2F00", CUT), ("2F00", b""), ("00015031", CUT), ("00015032", CUT), ("00017002", CUT), ("0001A001", CUT)]


def token(profile: str, cache: Cache) -> tuple[VirtualConnection, Token]:
    connection = inserted(profile)
    return connection, Token(DRIVERS[profile](connection), cache)


def read_everything(opened: Token) -> None:
    for item in opened.objects().values():
        if CKA_VALUE in item.attributes and not item.private:
            item.value(CKA_VALUE)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    return Cache(str(folder))


@pytest.mark.parametrize("profile", CARDS)
def test_the_second_time_the_card_is_asked_little(profile: str, cache: Cache) -> None:
    first, opened = token(profile, cache)
    read_everything(opened)
    again, opened = token(profile, cache)
    read_everything(opened)
    assert len(again.commands) < len(first.commands) / 4
    assert [item.label for item in opened.objects().values()][:1] == ["CPS_PRIV_SIG"]


@pytest.mark.parametrize("profile", CARDS)
def test_protected_and_modifiable_content_is_never_copied(profile: str, cache: Cache, tmp_path: Path) -> None:
    connection, opened = token(profile, cache)
    opened.log_in(CKU_USER, secret(PIN))
    for item in opened.objects().values():
        if CKA_VALUE in item.attributes:
            item.value(CKA_VALUE)
    copies = [path.read_bytes() for path in (tmp_path / "cache").iterdir()]
    assert copies
    for number in ("D121", "D107"):
        content = connection.card.file(f"3F00/0001/{number}").content
        assert not [copy for copy in copies if content in copy]


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize(("name", "content"), WRONG)
def test_a_wrong_copy_is_not_believed_twice(profile: str, name: str, content: bytes, cache: Cache) -> None:
    """Whatever a copy that looks undamaged leads to: at the next insertion all is read from the card."""
    _first, opened = token(profile, cache)
    read_everything(opened)
    right = labelled(opened, "Certificat de Signature CPS").value(CKA_VALUE)
    path = bytes.fromhex("3F00" + name)
    cache.store(opened.serial, path, b"", content)
    try:
        read_everything(token(profile, cache)[1])
    except CryptokiError:
        pass
    _again, opened = token(profile, cache)
    read_everything(opened)
    assert labelled(opened, "Certificat de Signature CPS").value(CKA_VALUE) == right
