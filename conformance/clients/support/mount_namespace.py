"""Runs programs with fixed paths, or with processes that outlive them, in namespaces of their own (unshare(1))."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_BIND_AND_RUN = 'set -e; while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift; exec "$@"'


def in_mount_namespace(mounts: Mapping[Path, Path], *command: str | Path) -> tuple[str | Path, ...]:
    """The command line of a program that finds ``mounts`` (fixed path: path in the test) instead of the machine's
    files.

    It is the first process of its namespace, so its children end with it.
    """
    assert os.geteuid() == 0, "only root can give a program mounts of its own: mark the test with `root`"
    pairs = [path for fixed, own in mounts.items() for path in (own, fixed)]
    own_processes = ("--pid", "--fork", "--kill-child", "--mount-proc")
    return ("unshare", "--mount", *own_processes, "sh", "-c", _BIND_AND_RUN, "sh", *pairs, "--", *command)
