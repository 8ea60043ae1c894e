"""Debian's and Fedora's package checkers find no error."""

from __future__ import annotations

import subprocess
from pathlib import Path

from conformance.packages.system import ROOT

# Of the address of a package that nobody publishes; see RELEASING.md.
_OF_A_LOCAL_BUILD = "bogus-mail-host,bogus-mail-host-in-debian-changelog,root-in-contact"


def test_lintian_finds_no_error(deb: Path) -> None:
    command = ["lintian", "--allow-root", "--fail-on", "error", "--suppress-tags", _OF_A_LOCAL_BUILD, str(deb)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rpmlint_finds_no_error(new_rpm: Path) -> None:
    settings = ROOT / "packaging" / "lint" / "rpmlint.toml"
    done = subprocess.run(["rpmlint", "--config", settings, str(new_rpm)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 errors" in done.stdout
