"""The packages in dist/, one that came before them, and systems to install them in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.packages.system import HERE, ROOT, System, system
from conformance.testbed.cards import PIN
from conformance.testbed.rig import Rig

# Making a system takes a minute, making a package half of one.
TIMEOUT = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(TIMEOUT))


def make_packages(output_dir: Path, *options: str, env: dict[str, str] | None = None) -> Path:
    build_dir = output_dir / "build"
    folders = ["--output-dir", str(output_dir), "--build-dir", str(build_dir)]
    done = subprocess.run(
        [sys.executable, "-m", "cps_packages", *folders, *options],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": "packaging"} | (env or {}), capture_output=True, text=True,
    )  # fmt: skip
    shutil.rmtree(build_dir, ignore_errors=True)
    assert done.returncode == 0, done.stderr
    return output_dir


def _only(folder: Path, pattern: str) -> Path:
    (package,) = folder.glob(pattern)
    return package


@pytest.fixture(scope="session")
def deb() -> Path:
    return _only(ROOT / "dist", "*.deb")


@pytest.fixture(scope="session")
def new_rpm() -> Path:
    return _only(ROOT / "dist", "*.rpm")


@pytest.fixture(scope="session")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the version before."""
    return make_packages(tmp_path_factory.mktemp("previous"), "--version", "0.0.9")


@pytest.fixture(scope="session")
def old_deb(previous: Path) -> Path:
    return _only(previous, "*.deb")


@pytest.fixture(scope="session")
def old_rpm(previous: Path) -> Path:
    return _only(previous, "*.rpm")


@pytest.fixture
def debian(rig: Rig) -> Iterator[System]:
    """A fresh system of this machine's release."""
    with system(HERE, rig.directory) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def installed(rig: Rig, deb: Path) -> Iterator[System]:
    """A system with the package, for tests that only use it."""
    with system(HERE, rig.directory) as fresh:
        fresh.install(deb)
        yield fresh


@pytest.fixture
def reader(rig: Rig) -> dict[str, str]:
    """How programs in a system find the card, and its code."""
    return {"PCSCLITE_CSOCK_NAME": rig.env["PCSCLITE_CSOCK_NAME"], "CPS_TEST_PIN": PIN.decode()}
