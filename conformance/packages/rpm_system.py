"""A system whose packages rpm knows, without dpkg: files of Debian 11, and one package that offers what they hold.

There are no packages of Fedora or RHEL here to make one from. What the libraries offer rpm's own `elfdeps` says, as it
does when such packages are built: so rpm finds, or does not find, everything that the package asks for.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.packages.system import System, system

OLDEST = "bullseye"
_ELFDEPS = "/usr/lib/rpm/elfdeps"
# Dependencies beside libraries: pcscd, and a shell for the scripts.
_OTHERS = ("pcsc-lite", "/bin/sh")


def rpm(*arguments: str | Path) -> str:
    done = subprocess.run(["rpm", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def rpm_system(rig: Path) -> Iterator[System]:
    with system(OLDEST) as fresh:
        fresh.share(rig)
        _take_dpkg_away(fresh.root)
        # Folders of the package "filesystem".
        for folder in ("usr/lib64", "usr/share/zsh/site-functions", "usr/share/bash-completion/completions"):
            (fresh.root / folder).mkdir(parents=True, exist_ok=True)
        rpm(*rooted(fresh), "--upgrade", "--justdb", _what_is_there(fresh.root))
        yield fresh


def rooted(there: System) -> tuple[str | Path, ...]:
    return "--root", there.root, "--dbpath", "/var/lib/rpm"


def _take_dpkg_away(root: Path) -> None:
    for pattern in ("usr/bin/dpkg*", "usr/bin/apt*", "usr/sbin/dpkg*"):
        for program in root.glob(pattern):
            program.unlink()
    for folder in ("var/lib/dpkg", "var/lib/apt", "etc/apt", "etc/dpkg"):
        shutil.rmtree(root / folder)


def _what_is_there(root: Path) -> Path:
    """A package without files."""
    libraries = [str(path) for path in root.glob("usr/lib/x86_64-linux-gnu/*.so*") if path.is_file()]
    offered = subprocess.run(
        [_ELFDEPS, "--provides"],
        input="".join(f"{library}\n" for library in libraries),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    package, settings = root / "srv/system.rpm", root / "srv/system.json"
    description = {
        "name": "debian-11-files", "arch": "x86_64", "version": "11", "release": "1", "license": "various",
        "maintainer": "nobody <root@localhost>", "description": "what the files of this system offer",
        "provides": [*sorted({name for name in offered if name}), *_OTHERS],
    }  # fmt: skip
    settings.write_text(json.dumps(description))
    nfpm = Path(sys.executable).with_name("nfpm")
    command = [str(nfpm), "package", "--config", str(settings), "--packager", "rpm", "--target", str(package)]
    subprocess.run(command, check=True, capture_output=True)
    return package
