"""cps3_pkcs11.conf where applications of the original expect it, as a whole program finds it there.

The file's place is fixed, so each program runs in a mount namespace of its own in which the file exists.
"""

import os
import subprocess
from pathlib import Path

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

PLACE = "/etc/opt/santesocial/CPS"
LOOK = 'mount -t tmpfs none /etc/opt && mkdir -p "$1" && cd "$1" && {make} && shift && exec "$@"'
NAMESPACE = "-m" if os.geteuid() == 0 else "-Urm"
READ_BINARY = 0xB0
OURS = ("CPS3_CACHE", "CPS3_PKCS11_TRACES", "CPS3_DEBUG")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the configuration sends what the module writes."""
    chosen = tmp_path / "written"
    chosen.mkdir()
    chosen.chmod(0o1777)
    return chosen


def list_objects(rig: Rig, tmp_path: Path, text: str, **environment: str) -> None:
    file = tmp_path / "cps3_pkcs11.conf"
    file.write_text(text)
    list_objects_beside(rig, tmp_path, f'cp "{file}" .', **environment)


def reads(rig: Rig) -> int:
    """How often a file of the card was read. pkcs11-tool 0.26 also asks for the tries of the codes at each object."""
    return len([each for each in rig.log() if each.command[1] == READ_BINARY])


def list_objects_beside(rig: Rig, tmp_path: Path, make: str, **environment: str) -> None:
    """The same where a command made what stands in the place of the file."""
    command = ["unshare", NAMESPACE, "sh", "-c", LOOK.format(make=make), "sh", PLACE]
    command += ["pkcs11-tool", "--module", module_path(), "-O"]
    kept = {name: value for name, value in rig.env.items() if name not in OURS}
    done = subprocess.run(
        command, env={**kept, "HOME": str(tmp_path), **environment}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "Certificat de Signature CPS" in done.stdout


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


def test_traces_are_written_where_the_file_says(rig: Rig, card: Card, tmp_path: Path, folder: Path) -> None:
    list_objects(rig, tmp_path, f"traces {{ ACTIVE = true; Debug = 10; path = {folder}; }} cache {{ active = false; }}")
    assert {name.split("_")[0] for name in names(folder)} == {"cps3p11", "cps3opsc"}


def test_a_block_that_means_nothing_here_is_noted_once(rig: Rig, card: Card, tmp_path: Path, folder: Path) -> None:
    text = f"Galss {{ tpc_polling_time = 3; }} Traces {{ active = true; path = {folder}; }}"
    list_objects(rig, tmp_path, text)
    (file,) = folder.glob("cps3p11_*.log")
    assert file.read_text().count("block galss is ignored") == 1


@pytest.mark.parametrize(("level", "exchanges"), [(1, False), (4, False), (5, True), (10, True)])
def test_the_level_decides_whether_exchanges_are_traced(
    rig: Rig, card: Card, tmp_path: Path, folder: Path, level: int, exchanges: bool
) -> None:
    list_objects(rig, tmp_path, f"Traces {{ debug = {level}; path = {folder}; }} cache {{ active = false; }}")
    traces = "".join(file.read_text() for file in folder.glob("cps3opsc_*.log"))
    assert ("Outgoing APDU data" in traces) == exchanges
    assert not list(folder.glob("cps3p11_*.log")), "the trace of calls has a switch of its own"


def test_the_environment_overrules_the_file(rig: Rig, card: Card, tmp_path: Path, folder: Path) -> None:
    text = f"Traces {{ active = true; debug = 10; path = {folder}; }} cache {{ active = false; }}"
    list_objects(rig, tmp_path, text, CPS3_PKCS11_TRACES="0", CPS3_DEBUG="0")
    assert names(folder) == []


def test_copies_are_kept_for_each_user_where_the_file_says(rig: Rig, card: Card, tmp_path: Path, folder: Path) -> None:
    text = f'# a comment\nGalss {{ tpc_polling_time = 500; }}\ncache {{ path = "{folder}"; }}\n'
    list_objects(rig, tmp_path, text)
    (mine,) = folder.iterdir()
    assert mine.stat().st_mode & 0o7777 == 0o700
    assert names(folder)
    first = reads(rig)
    rig.clear_log()
    list_objects(rig, tmp_path, text)
    assert reads(rig) < first / 4


def test_copies_are_switched_off_by_the_file(rig: Rig, card: Card, tmp_path: Path, folder: Path) -> None:
    list_objects(rig, tmp_path, f"cache {{ active = false; path = {folder}; }}")
    assert names(folder) == []
    assert not (tmp_path / ".cache").exists()


@pytest.mark.parametrize("text", ["", "cache", "cache { path", "}{;=", "Traces { active = ; }", "\0\xff" * 100])
def test_a_file_that_cannot_be_understood_stops_nothing(rig: Rig, card: Card, tmp_path: Path, text: str) -> None:
    list_objects(rig, tmp_path, text)


@pytest.mark.parametrize(
    "make",
    [
        "mkfifo cps3_pkcs11.conf",
        "mkdir cps3_pkcs11.conf",
        "ln -s /dev/zero cps3_pkcs11.conf",
        "ln -s cps3_pkcs11.conf cps3_pkcs11.conf",
        "truncate -s 1T cps3_pkcs11.conf",
        "head -c 300000 /dev/urandom >cps3_pkcs11.conf",
        "yes '{' | head -c 300000 >cps3_pkcs11.conf",
        "printf 'Traces { active = true; debug = 5; path = /a\\000b; }' >cps3_pkcs11.conf",
        "printf 'Traces { active = true; path = /dev/null; }' >cps3_pkcs11.conf",
    ],
)
def test_nor_does_what_is_no_configuration_at_all(rig: Rig, card: Card, tmp_path: Path, make: str) -> None:
    list_objects_beside(rig, tmp_path, make)


@pytest.mark.parametrize("value", ["9" * 5000, "²", "-1", "\N{ARABIC-INDIC DIGIT FIVE}"], ids=range(4))
def test_nor_does_a_level_that_is_none(rig: Rig, card: Card, tmp_path: Path, folder: Path, value: str) -> None:
    list_objects(rig, tmp_path, "", CPS3_DEBUG=value, CPS3_PKCS11_TRACES=str(folder))
    traces = "".join(file.read_text() for file in folder.glob("cps3p11_*.log"))
    assert ("CPS3_DEBUG is not a level and is ignored" in traces) == (not value.isascii() or not value.isdigit())


@pytest.mark.parametrize("kind", ["x" * 5000, "relative", "/nonexistent/folder", "/dev/null", "/" + "x" * 5000])
def test_nor_does_a_folder_that_is_none(rig: Rig, card: Card, tmp_path: Path, kind: str) -> None:
    list_objects(rig, tmp_path, "", CPS3_DEBUG="10", CPS3_PKCS11_TRACES=kind, CPS3_CACHE=kind)
