"""The .rpm, installed by rpm itself into a system that has what it needs: used, upgraded, removed, and nothing left."""

from __future__ import annotations

import subprocess
from pathlib import Path

from conformance.packages.system import System
from conformance.testbed.cards import Card

MODULE = "/usr/lib64/libcryptolib_cps.so"


def rpm(*arguments: str | Path) -> str:
    done = subprocess.run(["rpm", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_used_upgraded_and_removed(
    debian: System, new_rpm: Path, old_rpm: Path, reader: dict[str, str], card: Card
) -> None:
    """dpkg has installed what it needs, of which rpm knows nothing."""
    # A folder of the package "filesystem", where rpm is at home.
    (debian.root / "usr/share/zsh/site-functions").mkdir(parents=True, exist_ok=True)
    there = ("--root", debian.root, "--dbpath", "/var/lib/rpm", "--nodeps")
    before = debian.files()
    for package in (old_rpm, new_rpm):
        rpm(*there, "--upgrade", package)
        shown = debian.run("pkcs11-tool", "--module", MODULE, "-L", env=reader)
        assert f"{card.label}" in shown
    assert (debian.root / "etc/firefox/policies/policies.json").read_text().count(MODULE) == 1
    rpm(*there, "--erase", "cryptolib-cps")
    assert debian.files() == before


def test_it_asks_for_libraries_by_their_names(new_rpm: Path) -> None:
    """A distribution that calls its packages otherwise has them all the same."""
    needed = set(rpm("--query", "--package", "--requires", new_rpm).split("\n"))
    assert {"pcsc-lite", "libpcsclite.so.1()(64bit)", "libssl.so.3()(64bit)"} <= needed
    assert any(name.startswith("libc.so.6(GLIBC_2.") for name in needed)
