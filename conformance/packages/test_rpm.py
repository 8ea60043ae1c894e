"""The .rpm in a system of rpm without dpkg: installed, used, upgraded, removed, and nothing left."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.packages.rpm_system import rooted, rpm, rpm_system
from conformance.packages.system import System
from conformance.testbed.cards import Card
from conformance.testbed.rig import Rig

MODULE = "/usr/lib64/libcryptolib_cps.so"


@pytest.fixture
def fedora_like(rig: Rig) -> Iterator[System]:
    with rpm_system(rig.directory) as fresh:
        yield fresh


def test_it_is_used_upgraded_and_removed(
    fedora_like: System, new_rpm: Path, old_rpm: Path, reader: dict[str, str], card: Card
) -> None:
    """Every dependency is met by the name of a library."""
    assert not (fedora_like.root / "usr/bin/dpkg").exists()
    # p11-kit loads OpenSC as well, which makes a folder in the home directory.
    reader["HOME"] = "/tmp"
    before = fedora_like.files()
    for package in (old_rpm, new_rpm):
        rpm(*rooted(fedora_like), "--upgrade", package)
        shown = fedora_like.run("pkcs11-tool", "--module", MODULE, "-L", env=reader)
        assert f"{card.label}" in shown
    assert (fedora_like.root / "etc/firefox/policies/policies.json").read_text().count(MODULE) == 1
    assert f"token: {card.label}" in fedora_like.run("p11-kit", "list-modules", env=reader)
    assert card.generation in fedora_like.run("cps", "--json", "status", env=reader)
    rpm(*rooted(fedora_like), "--erase", "cryptolib-cps")
    assert fedora_like.files() == before


def test_the_package_is_refused_without_its_libraries(fedora_like: System, new_rpm: Path) -> None:
    rpm(*rooted(fedora_like), "--erase", "debian-11-files")
    command = ["rpm", *rooted(fedora_like), "--upgrade", new_rpm]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "libpcsclite.so.1()(64bit) is needed by cryptolib-cps" in done.stderr


def test_it_asks_for_libraries_by_their_names(new_rpm: Path) -> None:
    """A distribution that calls its packages otherwise has them all the same."""
    needed = set(rpm("--query", "--package", "--requires", new_rpm).split("\n"))
    assert {"pcsc-lite", "libpcsclite.so.1()(64bit)", "libz.so.1()(64bit)"} <= needed
    (c_library,) = (name for name in needed if name.startswith("libc.so.6(GLIBC_2."))
    assert int(c_library.removeprefix("libc.so.6(GLIBC_2.").partition(")")[0]) <= 31


def test_the_files_are_in_the_folders_of_fedora(new_rpm: Path) -> None:
    files = set(rpm("--query", "--package", "--list", new_rpm).split("\n"))
    assert {MODULE, "/usr/share/p11-kit/modules/cryptolib-cps.module", "/usr/bin/cps"} <= files
    places = ("/usr/bin/", "/usr/lib/", "/usr/lib64/", "/usr/share/")
    assert {name for name in files if name and not name.startswith(places)} == set()
