"""`cps report`: the archive for support: shown before it is written, and without anything that names somebody."""

import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.cards import OTHER_CARDS, PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.cps_command import FAILURE, OK, REFUSED, Cps, at_a_terminal
from conformance.testbed.rig import Rig
from conformance.virtual_card.identity import identity

ALWAYS = {
    "diagnosis.json", "cards.json", "versions.json", "readers.json", "pcscd.txt", "browsers.json", "p11-kit.txt",
    "settings.txt",
}  # fmt: skip


@pytest.fixture
def cps(rig: Rig, tmp_path: Path) -> Cps:
    (tmp_path / "home").mkdir()
    return Cps(
        {**rig.env, "LC_ALL": "fr_FR.UTF-8", "HOME": str(tmp_path / "home"), "CPS3_PKCS11_TRACES": str(tmp_path)}
    )


@pytest.fixture
def restarted(rig: Rig) -> Iterator[Rig]:
    yield rig
    rig.start_pcscd()


@pytest.fixture
def reader(rig: Rig) -> Iterator[Rig]:
    """The rig, for a test that puts something else into the reader; the card comes back."""
    yield rig
    rig.insert("cps4")


def contents(archive: Path) -> dict[str, str]:
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        return {name.removeprefix("cps-report/"): packed.read(name).decode() for name in packed.namelist()}


def leave_traces(rig: Rig, folder: Path, *, log_in: bool = True) -> None:
    """Of an application that logs in and reads everything."""
    settings = {"CPS3_PKCS11_TRACES": str(folder), "CPS3_DEBUG": "10", "CODE": PIN.decode()}
    login = ["--login", "--pin", "env:CODE"] if log_in else []
    tool = ["pkcs11-tool", "--module", module_path(), *login, "--list-objects"]
    subprocess.run(tool, env={**rig.env, **settings}, capture_output=True, timeout=60, check=True)


def telling(card: str) -> set[str]:
    """The data that identify the holder, the structure or the card, as text and as bytes in a trace."""
    who = identity(card).holder
    names = {who.surname, who.given, who.pseudonym, who.structure, who.structure_identifier}
    return (names | {who.number, who.number[1:], who.serial, f"28{who.serial}"}) - {""}


def require_nameless(files: dict[str, str], card: str) -> None:
    for name, text in files.items():
        for word in telling(card):
            assert word.casefold() not in text.casefold(), (name, word)
            assert word.encode("latin-1").hex(" ").upper() not in text, (name, word)


def test_the_archive_contains_no_name_and_no_code(cps: Cps, card: Card, rig: Rig, tmp_path: Path) -> None:
    leave_traces(rig, tmp_path)
    archive = tmp_path / "report.zip"
    answer = cps("report", str(archive), "--yes")
    assert (answer.code, answer.complaint) == (OK, "")
    assert archive.stat().st_mode & 0o777 == 0o600
    files = contents(archive)
    assert ALWAYS - {"p11-kit.txt", "pcscd.txt"} <= set(files)
    traces = {name: text for name, text in files.items() if name.startswith("traces/")}
    assert {name.partition("_")[0] for name in traces} == {"traces/cps3p11", "traces/cps3opsc"}
    require_nameless(files, card.name)
    for text in files.values():
        assert PIN.hex(" ").upper() not in text and str(tmp_path / "home") not in text


@pytest.mark.parametrize("name", OTHER_CARDS)
def test_the_archive_contains_no_name_of_any_family(cps: Cps, reader: Rig, tmp_path: Path, name: str) -> None:
    reader.insert(name)
    leave_traces(reader, tmp_path, log_in=name != "cps3cl")
    archive = tmp_path / "report.zip"
    assert cps("report", str(archive), "--yes").code == OK
    files = contents(archive)
    require_nameless(files, name)
    assert '"check": "card.cps"' in files["diagnosis.json"]


def test_what_support_needs_is_still_there(cps: Cps, card: Card, rig: Rig, tmp_path: Path) -> None:
    leave_traces(rig, tmp_path)
    archive = tmp_path / "report.zip"
    cps("report", str(archive), "--yes")
    files = contents(archive)
    assert '"check": "card.cps"' in files["diagnosis.json"]
    assert "Virtual PCD 00 00" in files["readers.json"] and '"atr": "3B' in files["readers.json"]
    assert '"cryptolib-cps": "0.1.0"' in files["versions.json"]
    traces = "".join(text for name, text in files.items() if name.startswith("traces/"))
    assert "]: 00 A4 " in traces or "]: 01 A4 " in traces
    assert "bytes) 90 00" in traces
    assert "C_Login" in traces and "CKR_OK" in traces


def test_at_a_terminal_it_is_listed_shown_and_asked_for(cps: Cps, card: Card, tmp_path: Path) -> None:
    archive = tmp_path / "report.zip"
    code, shown = at_a_terminal(cps, "report", str(archive), answers=[("voir) : ", "voir"), ("voir) : ", "oui")])
    assert (code, archive.exists()) == (OK, True)
    assert shown.index("diagnosis.json") < shown.index("voir) : ") < shown.index("--- diagnosis.json")
    archive.unlink()
    code, shown = at_a_terminal(cps, "report", str(archive), answers=[("voir) : ", "non")])
    assert (code, archive.exists(), "Rien n'a été écrit" in shown) == (REFUSED, False, True)


def test_nothing_is_written_without_a_yes(cps: Cps, card: Card, tmp_path: Path) -> None:
    archive = tmp_path / "report.zip"
    listed = cps("report", str(archive))
    assert (listed.code, "diagnosis.json" in listed.text) == (REFUSED, True)
    answer = cps("report", str(archive), "--json")
    assert (answer.code, answer.facts["file"]) == (REFUSED, None)
    assert {each["name"] for each in answer.facts["entries"]} >= {"diagnosis.json", "versions.json"}
    shown = cps("report", str(archive), "--show")
    assert (shown.code, "--- versions.json" in shown.text) == (OK, True)
    assert not archive.exists()
    assert cps("report", str(archive), "--yes", "--json").facts["file"] == str(archive)
    assert cps("report", str(archive), "--yes").code == REFUSED
    assert cps("report", str(tmp_path / "no" / "folder.zip"), "--yes").code == FAILURE


def test_it_has_a_name_of_its_own_in_the_folder_where_it_is_asked_for(cps: Cps, card: Card, tmp_path: Path) -> None:
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert cps("report", "--yes").code == OK
    finally:
        os.chdir(before)
    assert [path.name[:11] for path in tmp_path.glob("*.zip")] == ["cps-report-"]


def test_it_is_made_when_nothing_else_works(cps: Cps, restarted: Rig, tmp_path: Path) -> None:
    restarted.stop_pcscd()
    archive = tmp_path / "report.zip"
    assert cps("report", str(archive), "--yes").code == OK
    assert "service.stopped" in contents(archive)["diagnosis.json"]
