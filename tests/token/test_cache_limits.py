"""The copies of a token on disk: public files that are not modifiable, and nothing else."""

import os
from pathlib import Path

import pytest

from conformance.virtual_card.tlv import tlv
from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import CKA_VALUE, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.pkcs15.cache import Cache
from cryptolib.token.faults import CKR_DAMAGED_DATES
from cryptolib.token.token import Token
from tests.support import CARDS, PIN, SMALL_CPS_DATA, VirtualConnection, inserted, labelled, secret

SITUATION = "CPS_ACTIVITY_01_PS"
ACTUA = "3F00/D010"
DATES = [tlv(0xEC, tlv(0x81, bytes.fromhex(day)), tlv(0x82, bytes.fromhex(day))) for day in (
    "20260101000000", "20260202000000"
)]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def opened(connection: VirtualConnection, folder: Path) -> Token:
    connection.card.reset()
    connection.forget()
    return Token(driver_of(connection.card.name)(connection), Cache(str(folder)))


def read_everything(token: Token) -> None:
    for item in token.objects().values():
        if CKA_VALUE in item.attributes:
            item.value(CKA_VALUE)


def kept(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("login_first", [False, True])
def test_what_only_the_holder_reads_and_what_changes_is_never_kept(
    profile: str, login_first: bool, folder: Path
) -> None:
    connection = inserted(profile, SMALL_CPS_DATA)
    token = opened(connection, folder)
    if not login_first:
        labelled(token, "CPS_INFO_PS").value(CKA_VALUE)
    token.log_in(CKU_USER, secret(PIN))
    read_everything(token)
    names = {name.split("_")[1] for name in kept(folder)}
    assert not [name for name in names if name.startswith("3F000001D12") or name == "3F000001D107"]
    private = connection.card.file("3F00/0001/D121").content
    modifiable = connection.card.file("3F00/0001/D107").content
    for content in kept(folder).values():
        assert private not in content and modifiable not in content
    assert {"3F002F00", "3F0000015031", "3F0000015032", "3F000001A001", "3F000001A002"} <= names
    assert ("3F000001D104" in names) == (not login_first), "a card gives more while a code is presented"


def test_a_second_insertion_reads_none_of_it_again_but_the_keys_that_nothing_has_proved(folder: Path) -> None:
    connection = inserted("cps4")
    read_everything_public(opened(connection, folder))
    token = opened(connection, folder)
    assert [command for command in connection.commands if command[2:4] == "B0"] == ["01B09C000C"] + ["01B0016000"] * 2
    connection.forget()
    read_everything_public(token)
    assert connection.commands == []


def read_everything_public(token: Token) -> None:
    for item in token.objects().values():
        if CKA_VALUE in item.attributes and not item.private and item.label != "CPS_DATA":
            item.value(CKA_VALUE)


def test_the_serial_number_comes_from_the_card(folder: Path) -> None:
    """The copies of one card are not believed of another that looks like it."""
    connection = inserted("cps3")
    opened(connection, folder)
    content = connection.card.file("3F00/D003").content
    connection.card.file("3F00/D003").content = content[:10] + bytes((content[10] ^ 1,)) + content[11:]
    assert opened(connection, folder).serial != "99990003"
    assert len([command for command in connection.commands if command[2:4] == "B0"]) > 1


def test_a_new_edition_of_the_card_s_files_replaces_the_copies(folder: Path) -> None:
    connection = inserted("cps3")
    connection.card.files.add(ACTUA, DATES[0])
    label = opened(connection, folder).directory.label
    file = connection.card.file("3F00/0001/5032")
    file.content = file.content.replace(b"CPS3v3", b"CPS3v4")
    assert opened(connection, folder).directory.label == label
    connection.card.file(ACTUA).content = DATES[1]
    assert opened(connection, folder).directory.label == label.replace("v3-", "v4-") != label


def test_dates_that_cannot_be_read_let_no_copy_be_used_and_no_session_be_opened(folder: Path) -> None:
    connection = inserted("cps3")
    opened(connection, folder).require_dates()
    before = kept(folder)
    connection.card.files.add(ACTUA, b"\xff" * 20)
    token = opened(connection, folder)
    with pytest.raises(CryptokiError) as refusal:
        token.require_dates()
    assert refusal.value.code == CKR_DAMAGED_DATES == 0x80000001
    assert token.directory.label == "CPS3v3-2899990003"
    assert kept(folder) == before


def test_a_card_that_contradicts_its_copies_loses_them(folder: Path) -> None:
    connection = inserted("cps3")
    token = opened(connection, folder)
    assert kept(folder)
    connection.refuse(0x84, 0x6F00)
    with pytest.raises(CryptokiError):
        token.random(8)
    assert kept(folder) == {}


def test_without_a_folder_the_card_does_all_the_work(tmp_path: Path) -> None:
    connection = inserted("cps3")
    token = opened(connection, tmp_path / "a" / "b" / "c" / "d")
    assert token.serial == "99990003"
    assert os.listdir(tmp_path) == []


def test_dates_that_were_damaged_for_a_moment_are_looked_at_again(folder: Path) -> None:
    """At the next session, not at the next insertion."""
    connection = inserted("cps3")
    connection.card.files.add(ACTUA, b"\xff" * 20)
    token = opened(connection, folder)
    with pytest.raises(CryptokiError):
        token.require_dates()
    connection.card.file(ACTUA).content = DATES[0]
    token.require_dates()
    read_everything_public(token)
    assert kept(folder)


@pytest.mark.parametrize("fault", ["do=sw sw=6F00", "do=sw sw=63C1", "do=truncate length=3", "do=reset"])
def test_a_fault_while_the_dates_are_read_is_no_damage(folder: Path, fault: str) -> None:
    connection = inserted("cps3")
    connection.card.files.add(ACTUA, DATES[0])
    connection.fault(f"command=00B0000014 {fault}")
    opened(connection, folder).require_dates()
