"""Whether a browser is at work in a folder: the locks that Mozilla programs and Chromium take there."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path


def mozilla_runs(profile: Path) -> bool:
    """Its lock is that of fcntl on `.parentlock`; where there is none such, the link `lock` to <address>:+<process>."""
    try:
        with (profile / ".parentlock").open("rb") as lock:
            fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return _runs(_owner(profile / "lock", "+")[1])
    return False


def chromium_runs(folder: Path) -> bool:
    """Its lock is the link `SingletonLock` to <host>-<process>; of a process on another host nothing can be known."""
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
        return True  # it is another user's
    except (OSError, ValueError):
        return False
    return True
