"""Copies of the card's public files on disk, as an application and whoever reads the disk afterwards see them.

Card specification, chapter 6 (what the original keeps).
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.testbed.application_start import Start, Using
from conformance.testbed.cards import PIN, PUK, Card
from conformance.testbed.client import Module, module_path
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, CKU
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.testbed.rig import Rig
from conformance.virtual_card.profiles import new_card
from conformance.virtual_card.tlv import parse, sequence, tlv

NOBODY = 65534
ROUNDS = 3
# So that nobody is done with the card before the others have begun.
SLOW = "apdu=5"
TOKEN_INFO, LAST_UPDATE = "3F00/0001/5032", 0x85


def give_away(file: Path) -> None:
    """Make it another user's; who is not root cannot, and makes it worthless."""
    if os.geteuid() == 0:
        os.chown(file, NOBODY, -1)
    elif file.is_file():
        file.write_bytes(b"")
    else:
        file.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the module keeps its copies: it looks at the environment in C_Initialize."""
    chosen = tmp_path / "copies"
    monkeypatch.setenv("CPS3_CACHE", str(chosen))
    return chosen


@pytest.fixture
def start(loaded: Module, card: Card, rig: Rig, folder: Path) -> Iterator[Start]:
    yield Start(loaded, rig, folder)
    rig.latency("none")


def test_the_second_start_leaves_the_files_of_the_card_alone(start: Start, rig: Rig) -> None:
    cold, warm = start(), start()
    assert warm < cold / 3
    reads = [exchange.command for exchange in rig.log() if exchange.command[1] == 0xB0]
    assert len(reads) == 3, "the serial number, which only the card can give, and a block of each key that it claims"


def test_once_the_card_has_signed_its_serial_number_is_enough(start: Start, card: Card, rig: Rig) -> None:
    """With each key: nobody else makes signatures that the copies of the certificates verify."""
    start()
    with Using(start.module) as session:
        start.module.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        for names in card.keys:
            key = start.module.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, names.private))
            recipe = RECIPES[CKM.RSA_PKCS]
            start.module.sign(session, key, recipe.mechanism(), recipe.data(b"message"))
    start()
    assert len([exchange for exchange in rig.log() if exchange.command[1] == 0xB0]) == 1


def test_the_copies_are_for_this_user_alone(start: Start, folder: Path) -> None:
    start()
    assert folder.stat().st_mode & 0o7777 == 0o700
    assert {file.stat().st_mode & 0o7777 for file in folder.iterdir()} == {0o600}
    assert {file.stat().st_uid for file in folder.iterdir()} == {os.geteuid()}


@pytest.mark.parametrize("harm", ["damaged", "cut", "another user's", "open to others", "a link", "empty"])
def test_a_copy_that_cannot_be_trusted_is_ignored_and_replaced(
    start: Start, folder: Path, tmp_path: Path, harm: str
) -> None:
    start()
    warm, good = start(), start.files()
    for name, content in good.items():
        file = folder / name
        if harm == "open to others":
            file.chmod(0o666)
        elif harm == "another user's":
            give_away(file)
        elif harm == "a link":
            file.rename(tmp_path / name)
            file.symlink_to(tmp_path / name)
        else:
            file.write_bytes({"damaged": content[:-1] + bytes((content[-1] ^ 1,)), "cut": content[:-1]}.get(harm, b""))
    assert start() > warm
    assert start() == warm
    assert start.files() == good
    assert not [file for file in folder.iterdir() if file.is_symlink() or file.stat().st_mode & 0o077]
    assert {file.stat().st_uid for file in folder.iterdir()} == {os.geteuid()}


@pytest.fixture
def dated(rig: Rig, card: Card) -> Iterator[Callable[[bytes], None]]:
    """Gives the card's directory a date of its last update."""
    issued = new_card(card.name).file(TOKEN_INFO).content
    ((_tag, fields),) = parse(issued)
    yield lambda date: rig.put_file(TOKEN_INFO, sequence(fields, tlv(LAST_UPDATE, date)))
    rig.put_file(TOKEN_INFO, issued)


def test_copies_are_those_of_one_date_of_the_directory(
    start: Start, folder: Path, dated: Callable[[bytes], None]
) -> None:
    before, after = b"20260101000000Z", b"20260201000000Z"
    dated(before)
    cold, warm = start(), start()
    assert warm < cold / 3
    dated(after)
    (token_info,) = folder.glob("*_3F0000015032")
    token_info.unlink()  # else whoever wants to know the date is given the copy's
    assert start() > cold / 2
    assert start() == warm
    assert not [name for name, content in start.files().items() if before in content]
    assert [name for name, content in start.files().items() if after in content and name.endswith("A001")]


def test_programs_that_fill_an_empty_cache_at_once_keep_out_of_each_other_s_way(
    start: Start, card: Card, folder: Path, rig: Rig
) -> None:
    """Two readers with the same card: in one reader, each program would wait for the other."""
    start()
    alone, warm = start.files(), start()
    command = ["pkcs11-tool", "--module", module_path(), "--list-objects"]
    objects = subprocess.check_output(command, env=rig.env | {"CPS3_CACHE": "0"}, timeout=60)
    both_read = 0
    with Rig(card.name, SLOW) as elsewhere:
        rig.latency(SLOW)
        for _ in range(ROUNDS):
            shutil.rmtree(folder)
            rigs = (rig, elsewhere)
            for each in rigs:
                each.clear_log()
            programs = [
                subprocess.Popen(command, env=each.env | {"CPS3_CACHE": str(folder)}, stdout=subprocess.PIPE)
                for each in rigs * 2
            ]
            assert [program.communicate(timeout=60)[0] for program in programs] == [objects] * 4
            both_read += all(each.apdu_count() > 2 * warm for each in rigs)
            assert start.files() == alone
            assert start() == warm
    assert both_read, "each time, one of them found what another one had written"


def test_nothing_of_the_holder_s_is_ever_on_disk(start: Start, card: Card) -> None:
    private: list[bytes] = []
    with Using(start.module) as session:
        assert start.module.login(session, PIN) == CKR.OK
        for handle in start.module.find(session, (CKA.CLASS, CKO.DATA)):
            value = start.module.attribute(session, handle, CKA.VALUE)
            modifiable = start.module.attribute(session, handle, CKA.MODIFIABLE) != b"\0"
            if modifiable or start.module.attribute(session, handle, CKA.PRIVATE) != b"\0":
                private.append(value)
    start()
    assert private
    for content in start.files().values():
        assert not [value for value in private if value and value in content]
        assert PUK not in content


@pytest.mark.parametrize(
    "why", ["switched off", "others may write there", "it is another user's", "a file is in its place", "no home"]
)
def test_without_a_cache_the_work_goes_on(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "switched off":
        monkeypatch.setenv("CPS3_CACHE", "0")
    elif why == "no home":
        for variable in ("CPS3_CACHE", "XDG_CACHE_HOME", "HOME"):
            monkeypatch.delenv(variable, raising=False)
    elif why == "others may write there":
        folder.mkdir()
        folder.chmod(0o777)
    elif why == "it is another user's":
        folder.mkdir(mode=0o700)
        give_away(folder)
    else:
        folder.write_text("a file")
    assert start() == start() > 10
    assert not folder.is_dir() or start.files() == {}


def test_by_default_it_is_where_users_keep_caches(card: Card, rig: Rig, tmp_path: Path) -> None:
    environment = {name: value for name, value in rig.env.items() if name not in ("CPS3_CACHE", "XDG_CACHE_HOME")}
    for variable, folder in (("XDG_CACHE_HOME", tmp_path / "xdg"), ("HOME", tmp_path / "home" / ".cache")):
        folder.parent.mkdir(exist_ok=True)
        value = folder.parent if variable == "HOME" else folder
        command = ["pkcs11-tool", "--module", module_path(), "-L"]
        subprocess.run(command, env={**environment, variable: str(value)}, check=True, capture_output=True, timeout=60)
        assert [child.name for child in folder.iterdir()] == ["cryptolib-cps"]
        assert list((folder / "cryptolib-cps").iterdir())
