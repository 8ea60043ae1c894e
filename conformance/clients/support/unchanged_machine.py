"""Checks that client tests change neither the machine's settings nor those of the user's clients."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

MACHINE = (Path("/etc"), Path("/var/opt/santesocial"))
_OF_THE_USER = (
    ".cache/cryptolib-cps",
    ".cache/mozilla",
    ".config/chromium",
    ".config/pkcs11",
    ".java",
    ".mozilla",
    ".pki",
    ".ssh",
    ".thunderbird",
)

Snapshot = dict[str, tuple[int, int]]


def snapshot() -> Snapshot:
    """Size and modification time of every file there."""
    roots = (*MACHINE, *(Path.home() / name for name in _OF_THE_USER))
    return {entry.path: _state(entry) for root in roots if root.is_dir() for entry in _walk(root)}


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """The files that appeared, disappeared or changed."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _walk(root: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path))
            else:
                yield entry


def _state(entry: os.DirEntry[str]) -> tuple[int, int]:
    state = entry.stat(follow_symlinks=False)
    return state.st_size, state.st_mtime_ns
