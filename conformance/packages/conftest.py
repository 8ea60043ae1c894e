"""The packages in dist/, one that came before them, and systems to install them in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.packages.system import HERE, RELEASES, ROOT, System, system
from conformance.testbed.cards import PIN
from conformance.testbed.rig import Rig

# Making a system, or a package, takes a minute or two; where other programs compute as well, many times that.
TIMEOUT = 1800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(TIMEOUT))


def make_packages(output_dir: Path, *options: str, env: dict[str, str] | None = None) -> Path:
    """As `make package` does."""
    done = subprocess.run(
        ["scripts/package", str(output_dir), *options],
        cwd=ROOT, env=os.environ | (env or {}), capture_output=True, text=True,
    )  # fmt: skip
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
    with system(HERE) as fresh:
        fresh.share(rig.directory)
        yield fresh


@pytest.fixture(params=RELEASES)
def each_debian(request: pytest.FixtureRequest, rig: Rig) -> Iterator[System]:
    """A fresh system of each release."""
    with system(request.param) as fresh:
        fresh.share(rig.directory)
        yield fresh


@pytest.fixture(scope="session", params=RELEASES)
def release_with_package(request: pytest.FixtureRequest, deb: Path) -> Iterator[System]:
    with system(request.param) as fresh:
        fresh.install(deb)
        yield fresh


@pytest.fixture
def installed(release_with_package: System, rig: Rig) -> System:
    """A system of each release with the package, for tests that only use it."""
    release_with_package.share(rig.directory)
    return release_with_package


@pytest.fixture
def reader(rig: Rig) -> dict[str, str]:
    """How programs in a system find the card, and its code."""
    return {"PCSCLITE_CSOCK_NAME": rig.env["PCSCLITE_CSOCK_NAME"], "CPS_TEST_PIN": PIN.decode()}
