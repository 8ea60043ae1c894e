"""C tells whether the host has other rights than its caller, at this moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.native.hosts import ROOT

LOOK = """
import ctypes, os, sys
library = ctypes.CDLL(sys.argv[1])
before = library.cps_privileged()
getattr(os, sys.argv[2])(*map(int, sys.argv[3:]))
print(before, library.cps_privileged())
"""
NOBODY = 65534
MINE = os.getuid(), os.getgid()
# The change of rights, and whether they are others afterwards.
CHANGES: list[tuple[str, tuple[int, int, int], bool]] = [
    ("setresuid", (MINE[0],) * 3, False),
    ("setresgid", (MINE[1],) * 3, False),
]
if MINE[0] == 0:
    CHANGES += [
        ("setresuid", (0, NOBODY, 0), True),
        ("setresuid", (NOBODY, 0, 0), True),
        ("setresuid", (NOBODY, NOBODY, 0), True),
        ("setresuid", (NOBODY, NOBODY, NOBODY), False),
        ("setresgid", (0, NOBODY, 0), True),
        ("setresgid", (NOBODY, NOBODY, 0), True),
    ]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("host") / "host.so"
    command = ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(made), str(ROOT / "native" / "host.c")]
    subprocess.run(command, check=True, timeout=60)
    return made


@pytest.mark.parametrize(("function", "rights", "others"), CHANGES)
def test_rights_put_off_or_given_up(library: Path, function: str, rights: tuple[int, int, int], others: bool) -> None:
    """A host that drops its rights for a while can take them back; one that gives them up cannot."""
    command = [sys.executable, "-I", "-c", LOOK, str(library), function, *map(str, rights)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["0", str(int(others))]
