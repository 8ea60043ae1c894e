"""« Traces »: the files of this process, where the settings say that the module writes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cryptolib.cli.screen.traces import DEFAULT_FOLDER, LAST_LINES, folder, traces


def test_the_last_lines_of_this_process_are_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CPS3_PKCS11_TRACES", str(tmp_path))
    mine = tmp_path / f"cps3p11_{os.getpid():x}_1.log"
    mine.write_text("".join(f"{number}\n" for number in range(LAST_LINES + 5)))
    (tmp_path / "cps3p11_1_1.log").write_text("another process\n")
    ((path, lines),) = traces()
    assert (path, lines[0], lines[-1]) == (mine, "5", str(LAST_LINES + 4))


@pytest.mark.parametrize("value", ["", "1", "no"])
def test_the_default_folder_is_that_of_the_original(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CPS3_PKCS11_TRACES", value)
    assert folder() == Path(DEFAULT_FOLDER)
