"""The bounds of packages: equal in pyproject.toml and at the start; a host's older copy is refused."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from cryptolib import dependencies
from tests.native.hosts import ROOT, Run


def test_the_bounds_are_those_of_the_packaging() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = dict(line.split(">=") for line in project["dependencies"])
    declared["_cffi_backend"] = declared.pop("cffi")
    minimum = {name: ".".join(map(str, version)) for name, version in dependencies.MINIMUM.items()}
    assert minimum.items() <= declared.items()


def test_what_is_installed_here_will_do() -> None:
    dependencies.check()


@pytest.mark.parametrize("version", ["1.14.6", "1.15.0", "1.15", "1.15.1rc1", "0.9"])
def test_an_older_package_is_refused(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setitem(sys.modules, "_cffi_backend", SimpleNamespace(__version__=version))
    with pytest.raises(ImportError, match=f"_cffi_backend {version} of this process is too old, 1.15.1 is needed"):
        dependencies.check()


def test_a_python_host_with_an_old_package_of_its_own(python_host: Run, installed_module: Path, tmp_path: Path) -> None:
    (tmp_path / "cryptography.py").write_text('__version__ = "3.4.8"\n')
    done = python_host(
        """
import ctypes
assert ctypes.CDLL(path).C_Initialize(None) == 5
""",
        module=installed_module,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.stderr == (
        "libcryptolib_cps: the Python side does not start: "
        "ImportError: cryptography 3.4.8 of this process is too old, 38.0.4 is needed\n"
    )
