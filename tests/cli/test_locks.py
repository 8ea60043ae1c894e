"""A browser that is running is seen by its lock; one that has crashed is not taken for running."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cryptolib.cli.browsers.locks import chromium_runs, mozilla_runs

HOLDS = """
import fcntl, sys
lock = open(sys.argv[1], "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()
"""


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_firefox_holds_its_lock_as_long_as_it_runs(tmp_path: Path) -> None:
    assert not mozilla_runs(tmp_path)
    lock = tmp_path / ".parentlock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as browser:
        assert browser.stdout is not None and browser.stdout.readline()
        assert mozilla_runs(tmp_path)
        browser.communicate()
    assert lock.exists() and not mozilla_runs(tmp_path)


def test_where_files_cannot_be_locked_a_link_says_who_runs(tmp_path: Path, gone: int) -> None:
    link = tmp_path / "lock"
    link.symlink_to(f"127.0.1.1:+{os.getpid()}")
    assert mozilla_runs(tmp_path)
    link.unlink()
    link.symlink_to(f"127.0.1.1:+{gone}")
    assert not mozilla_runs(tmp_path)


def test_chromium_says_which_process_it_is(tmp_path: Path, gone: int) -> None:
    link = tmp_path / "SingletonLock"
    host = socket.gethostname()
    for owner, runs in (
        (f"{host}-{os.getpid()}", True),
        (f"{host}-{gone}", False),
        (f"another-host-{gone}", True),
        (f"{host}-", False),
    ):
        link.symlink_to(owner)
        assert chromium_runs(tmp_path) is runs, owner
        link.unlink()
    assert not chromium_runs(tmp_path)
