"""Where nothing more can be written, copies and traces are left out; the host and the card's work go on.

A limit on the size of files (RLIMIT_FSIZE, setrlimit(2)), a full disk, a read-only one.
"""

import os
import resource
import signal
from pathlib import Path

import pytest

from conformance.testbed.c_host import WORD, Host
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.cryptoki import CKF, CKR, CKU
from conformance.testbed.rig import Rig

NAMESPACE = "-m" if os.geteuid() == 0 else "-Urm"
# Limits on what one file may hold: nothing, not even the head of a trace, some of the files of a card.
LIMITS = (0, 100, 1500)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    """The variables that make the module write everything that it can write."""
    chosen = {"CPS3_CACHE": tmp_path / "copies", "CPS3_PKCS11_TRACES": tmp_path / "traces"}
    for folder in chosen.values():
        folder.mkdir(mode=0o700)
    return {name: str(folder) for name, folder in chosen.items()} | {"CPS3_DEBUG": "10"}


def begin(host: Host) -> None:
    host.load(module_path())
    assert host.call("C_Initialize", 0) == CKR.OK


def use_the_card(host: Host) -> None:
    slots, count = host.alloc(8 * WORD), host.holding((8).to_bytes(WORD, "little"))
    assert host.call("C_GetSlotList", 1, slots, count) == CKR.OK
    assert host.word(count) == 1
    handle = host.alloc(WORD)
    assert host.call("C_OpenSession", host.word(slots), CKF.SERIAL_SESSION, 0, 0, handle) == CKR.OK
    session = host.word(handle)
    assert host.call("C_Login", session, CKU.USER, host.holding(PIN), len(PIN)) == CKR.OK
    assert host.call("C_FindObjectsInit", session, 0, 0) == CKR.OK
    assert host.call("C_FindObjects", session, host.alloc(64 * WORD), 64, count) == CKR.OK
    assert host.word(count) > 5
    assert host.call("C_Finalize", 0) == CKR.OK


def signals(host: Host) -> dict[str, str]:
    """The pending, blocked, ignored and caught signals of the host, from the kernel."""
    host.alloc(1)  # its answer comes from the host itself, no longer from who starts it
    lines = Path(f"/proc/{host.pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if line.startswith(("Sig", "ShdPnd")))
    del status["SigQ"]
    return status


def sizes(folders: dict[str, str], name: str) -> list[int]:
    return [file.stat().st_size for file in Path(folders[name]).iterdir()]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_on_the_size_of_files_ends_no_host(
    rig: Rig, card: Card, program: Path, folders: dict[str, str], limit: int
) -> None:
    with Host(program, rig.env | folders) as host:
        resource.prlimit(host.pid, resource.RLIMIT_FSIZE, (limit, limit))
        before = signals(host)
        begin(host)
        use_the_card(host)
        assert signals(host) == before
        assert host.close() == 0
    assert max(sizes(folders, "CPS3_PKCS11_TRACES")) <= limit
    assert all(size <= limit for size in sizes(folders, "CPS3_CACHE"))
    assert not list(Path(folders["CPS3_CACHE"]).glob(".*")), "a copy is there whole or not at all"
    assert limit == 0 or sizes(folders, "CPS3_CACHE")


def test_a_signal_that_the_host_keeps_waiting_goes_on_waiting(
    rig: Rig, card: Card, program: Path, folders: dict[str, str]
) -> None:
    script = program.with_name("keeping")
    script.write_text(f'#!/bin/sh\nexec env --block-signal=XFSZ "{program}"\n')
    script.chmod(0o755)
    with Host(script, rig.env | folders) as host:
        signals(host)
        os.kill(host.pid, signal.SIGXFSZ)
        resource.prlimit(host.pid, resource.RLIMIT_FSIZE, (0, 0))
        waiting = signals(host)["ShdPnd"]
        assert int(waiting, 16) == 1 << signal.SIGXFSZ - 1
        begin(host)
        use_the_card(host)
        assert signals(host)["ShdPnd"] == waiting
        assert host.close() == 0


def test_nor_does_it_end_a_host_whose_python_does_not_start(
    rig: Rig, card: Card, program: Path, folders: dict[str, str], tmp_path: Path
) -> None:
    """The one line that the shim writes by itself."""
    copy = tmp_path / "libcryptolib_cps.so"
    copy.write_bytes(Path(module_path()).read_bytes())
    with Host(program, rig.env | folders) as host:
        resource.prlimit(host.pid, resource.RLIMIT_FSIZE, (0, 0))
        before = signals(host)
        host.load(str(copy))
        assert host.call("C_Initialize", 0) != CKR.OK
        assert signals(host) == before
        assert host.close() == 0
    assert sizes(folders, "CPS3_PKCS11_TRACES") == [0], "this is where the line would have been"


FULL = 'mount -t tmpfs -o size=16k,mode=700 none "$CPS3_{name}"; cat /dev/zero >"$CPS3_{name}/filling"'
READ_ONLY = 'mount -t tmpfs -o ro,mode=700 none "$CPS3_{name}"'


@pytest.mark.parametrize("disk", [FULL, READ_ONLY], ids=["full", "read-only"])
@pytest.mark.parametrize("name", ["CACHE", "PKCS11_TRACES"])
def test_a_disk_that_takes_nothing_stops_nothing(
    rig: Rig, card: Card, program: Path, folders: dict[str, str], disk: str, name: str
) -> None:
    script = program.with_name("on-a-disk")
    prepare = disk.format(name=name)
    script.write_text(f'#!/bin/sh\n[ "$1" = inside ] || exec unshare {NAMESPACE} "$0" inside\n{prepare} 2>/dev/null\n')
    with script.open("a") as file:
        file.write(f'exec "{program}"\n')
    script.chmod(0o755)
    with Host(script, rig.env | folders) as host:
        begin(host)
        use_the_card(host)
        assert host.close() == 0
    (other,) = {"CPS3_CACHE", "CPS3_PKCS11_TRACES"} - {f"CPS3_{name}"}
    assert sizes(folders, other), "on the other disk there is room"
