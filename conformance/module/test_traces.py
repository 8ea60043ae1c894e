"""The trace files of a real client: they say what happened, and no code porteur is in them."""

import os
import re
import subprocess
import threading
from pathlib import Path

import pytest

from conformance.testbed.client import Module, module_path
from conformance.testbed.rig import Rig

# Digits that stand nowhere else: not in a serial number, a key, an address or a time.
WRONG_PIN, NEW_PIN, LAST_PIN = "7319", "8642", "9753"
PIN, PUK = "1234", "12345678"


def pkcs11_tool(rig: Rig, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**rig.env, "CPS3_PKCS11_TRACES": str(folder), "CPS3_DEBUG": "10"}
    command = ["pkcs11-tool", "--module", str(module_path()), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def texts(folder: Path, kind: str) -> str:
    return "\n".join(file.read_text() for file in sorted(folder.glob(f"{kind}_*.log")))


def without_clocks_and_addresses(text: str) -> str:
    text = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "", text)
    return re.sub(r"\b[0-9a-f]{16}\b|Process = \d+", "", text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_every_code_stays_out_of_every_trace(rig: Rig, card: object, folder: Path) -> None:
    assert pkcs11_tool(rig, folder, "--login", "--pin", WRONG_PIN, "-O").returncode != 0
    assert pkcs11_tool(rig, folder, "--login", "--pin", PIN, "--change-pin", "--new-pin", NEW_PIN).returncode == 0
    unblock = ("--login", "--login-type", "so", "--so-pin", PUK, "--init-pin", "--new-pin", LAST_PIN)
    assert pkcs11_tool(rig, folder, *unblock).returncode == 0
    assert pkcs11_tool(rig, folder, "--login", "--pin", LAST_PIN, "-O").returncode == 0
    for kind in ("cps3p11", "cps3opsc"):
        traces = without_clocks_and_addresses(texts(folder, kind))
        assert traces
        for code in (WRONG_PIN, NEW_PIN, LAST_PIN, PUK):
            assert code not in traces
            assert code.encode().hex(" ") not in traces.lower()
            assert code.encode().hex() not in traces.lower()


def test_a_failed_login_is_traced_from_the_code_down_to_the_status_word(rig: Rig, card: object, folder: Path) -> None:
    pkcs11_tool(rig, folder, "--login", "--pin", WRONG_PIN, "-O")
    calls, ladder = texts(folder, "cps3p11"), texts(folder, "cps3opsc")
    assert "[in] pPin = 2A2A2A2A" in calls
    assert "Returned:  160 CKR_PIN_INCORRECT" in calls
    assert "C_Login: CKR_PIN_INCORRECT <- PinIncorrect(2 tries left) <- StatusWordError(63C2 at VERIFY)" in ladder
    assert "2A 2A 2A 2A" in ladder


def test_each_thread_has_a_file_of_its_own(
    p11: Module, slot: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    p11.ok("C_Finalize", None)
    monkeypatch.setenv("CPS3_PKCS11_TRACES", str(folder))
    p11.ok("C_Initialize", None)
    together = threading.Barrier(3)

    def look() -> None:
        together.wait()
        assert p11.slots() == [slot]
        together.wait()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    together.wait()
    together.wait()
    for thread in threads:
        thread.join()
    traces = [file.read_text() for file in folder.glob("cps3p11_*.log")]
    assert len([text for text in traces if "C_GetSlotList" in text]) == 2
    p11.ok("C_Finalize", None)
    monkeypatch.delenv("CPS3_PKCS11_TRACES")
    p11.ok("C_Initialize", None)


def test_without_the_variables_nothing_is_written(rig: Rig, card: object, folder: Path) -> None:
    command = ["pkcs11-tool", "--module", str(module_path()), "-L"]
    environment = {**rig.env, "HOME": str(folder)}
    assert subprocess.run(command, env=environment, capture_output=True, timeout=60).returncode == 0
    assert os.listdir(folder) == []
