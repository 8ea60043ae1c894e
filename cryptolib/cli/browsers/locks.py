"""Detects a running browser by the lock in its profile: Mozilla programs and Chromium."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path


def mozilla_runs(profile: Path) -> bool:
    """True if a Mozilla program uses the profile: fcntl lock on `.parentlock`, else the link `lock` to
    <address>:+<process>.
    """
    try:
        with (profile / ".parentlock").open("rb") as lock:
            fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return _runs(_owner(profile / "lock", "+")[1])
    return False


def chromium_runs(folder: Path) -> bool:
    """True if Chromium runs on this host: the link `SingletonLock` leads to <host>-<process>."""
    host, process = _owner(folder / "SingletonLock", "-")
    return _runs(process) if host == socket.gethostname() else bool(host)


def _owner(link: Path, mark: str) -> tuple[str, str]:
    try:
        host, _, process = os.readlink(link).rpartition(mark)
    except OSError:
        return "", ""
    return host, process


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True  # the process of another user
    except (OSError, ValueError):
        return False
    return True
