"""The trace files: their names, the shape of their lines, and that they never get in the way."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptolib import trace

LINE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{3} : (.*)")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    trace.configure(True, 10, str(tmp_path))
    yield tmp_path
    trace.configure(False, 0, "")


def test_each_kind_and_thread_has_a_file_of_its_own_that_others_cannot_read(folder: Path) -> None:
    trace.write(trace.CALLS, "one")
    trace.write(trace.CARD, "two")
    other = threading.Thread(target=trace.write, args=(trace.CALLS, "three"))
    other.start()
    other.join()
    names = sorted(file.name for file in folder.iterdir())
    assert len(names) == 3
    assert all(re.fullmatch(r"cps3(p11|opsc)_[0-9a-f]+_[0-9a-f]+\.log", name) for name in names)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder.iterdir())


def test_lines_have_the_shape_that_support_staff_knows(folder: Path) -> None:
    trace.write(trace.CALLS, "0: C_GetSlotList")
    (file,) = folder.iterdir()
    title, process, blank, line = file.read_text().splitlines()
    assert title == "*************** Traces PKCS#11 CPS3 *****************"
    assert process.startswith("Process = ")
    assert blank == ""
    match = LINE.fullmatch(line)
    assert match is not None and match.group(2) == "0: C_GetSlotList"


def test_an_exchange_is_dumped_in_hexadecimal_and_text(folder: Path) -> None:
    trace.exchange(bytes.fromhex("00A4090C023F00"), b"CPS3 \x00\x90\x00" * 3)
    (file,) = folder.iterdir()
    text = file.read_text()
    assert "Outgoing APDU data [    7 bytes] ====" in text
    assert "00 A4 09 0C 02 3F 00" in text
    assert "CPS3 ...CPS3 ..." in text


def test_a_code_is_asterisks() -> None:
    assert trace.hidden(bytearray.fromhex("0020000104") + b"7319", 5) == bytes.fromhex("0020000104") + b"****"


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    trace.configure(True, 10, str(tmp_path / "absent"))
    trace.write(trace.CALLS, "nobody hears this")
    trace.configure(False, 0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_link_laid_in_the_way_is_not_followed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    trace.write(trace.CALLS, "where")
    (file,) = folder.iterdir()
    target = tmp_path_factory.mktemp("elsewhere") / "target"
    file.unlink()
    file.symlink_to(target)
    trace.write(trace.CALLS, "not there")
    assert not target.exists()


@pytest.mark.parametrize("place", ["", "relative", "/with\0nul", "/" + "x" * 5000, "/dev/null", "/\udcff\ud800"])
def test_a_folder_that_cannot_be_is_no_error(place: str) -> None:
    trace.configure(True, 10, place)
    trace.write(trace.CALLS, "nobody hears this")
    trace.configure(False, 0, "")
    assert not Path("relative").exists()


def replace(place: Path, kind: str) -> None:
    place.unlink()
    if kind == "a folder":
        place.mkdir()
    else:
        os.mkfifo(place)


@pytest.mark.parametrize("kind", ["a pipe", "a folder"])
def test_what_is_no_file_in_the_place_of_one_is_left_alone(folder: Path, kind: str) -> None:
    trace.write(trace.CALLS, "where")
    (place,) = folder.iterdir()
    replace(place, kind)
    trace.write(trace.CALLS, "not there")
    assert list(folder.iterdir()) == [place] and not place.is_file()


def test_a_pipe_that_somebody_reads_gets_nothing(folder: Path) -> None:
    trace.write(trace.CALLS, "where")
    (place,) = folder.iterdir()
    replace(place, "a pipe")
    reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    trace.write(trace.CALLS, "not there")
    assert os.read(reader, 100) == b""
    os.close(reader)


def test_a_file_that_has_another_name_elsewhere_is_left_alone(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Somebody who may write in the folder gave a file of ours the name of a trace."""
    trace.write(trace.CALLS, "where")
    (place,) = folder.iterdir()
    precious = tmp_path_factory.mktemp("elsewhere") / "precious"
    precious.write_text("mine")
    place.unlink()
    os.link(precious, place)
    trace.write(trace.CALLS, "not there")
    assert precious.read_text() == "mine"
