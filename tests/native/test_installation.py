"""Where the module is once installed, and how it finds its Python from there."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.native.hosts import LIBPYTHON, ROOT, Run, run

WHICH_PREFIX = 'OK(p11->C_Initialize(NULL)); puts(python_says("import sys; answer = sys.prefix; rv[0] = 0"));'


def test_the_package_says_where_the_module_is(installed_module: Path) -> None:
    assert installed_module.is_file()
    assert installed_module.name == "libcryptolib_cps.so"


def test_a_source_tree_says_that_it_is_not_built() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cryptolib", "--module-path"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "libcryptolib_cps.so is not built here; install the package first: pip install .\n"


def test_nothing_but_the_package_and_its_commands_is_installed() -> None:
    files = importlib.metadata.files("cryptolib-cps") or []
    packages = {Path(file).parts[0].split("-")[0] for file in files if file.name not in ("cps", "cpgeslux")}
    assert packages == {"cryptolib", "cryptolib_cps"}
    assert {"libcryptolib_cps.so", "entry.py", "constants.py"} <= {file.name for file in files}


@pytest.fixture
def environment(module: Path, tmp_path: Path) -> Path:
    """A virtual environment with the module, as `make install` lays it out."""
    packages = Path("lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
    shutil.copytree(module.parent.parent, tmp_path / "cryptolib-cps" / packages)
    (tmp_path / "lib").symlink_to(tmp_path / "cryptolib-cps" / packages / "cryptolib")
    return tmp_path / "cryptolib-cps"


def test_in_a_virtual_environment_it_is_the_environments_python(c_host: Run, environment: Path, tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(sys.base_prefix)
    (environment / "pyvenv.cfg").write_text(f"home = {tmp_path}/python/bin\ninclude-system-site-packages = false\n")
    done = c_host(WHICH_PREFIX, module=tmp_path / "lib" / "libcryptolib_cps.so")
    assert done.stdout == f"{tmp_path}/python\n"


def test_in_a_tree_with_a_python_of_its_own_it_is_that_one(c_host: Run, environment: Path) -> None:
    site_packages = next(environment.glob("lib/*/site-packages"))
    for entry in Path(os.__file__).parent.iterdir():
        if entry.name != "site-packages":
            (site_packages.parent / entry.name).symlink_to(entry)
    (environment / "lib" / LIBPYTHON.name).symlink_to(LIBPYTHON)
    done = c_host(WHICH_PREFIX, module=site_packages / "cryptolib" / "libcryptolib_cps.so")
    assert done.stdout == f"{environment}\n"


def test_elsewhere_it_is_the_python_it_was_built_with(c_host: Run, module: Path) -> None:
    done = c_host(WHICH_PREFIX, module=module)
    assert done.stdout == f"{sys.base_prefix}\n"


def test_an_environment_whose_python_is_gone_falls_back(c_host: Run, environment: Path, tmp_path: Path) -> None:
    (environment / "pyvenv.cfg").write_text("home = /nonexistent/bin\n")
    done = c_host(WHICH_PREFIX, module=tmp_path / "lib" / "libcryptolib_cps.so")
    assert done.stdout == f"{sys.base_prefix}\n"


@pytest.fixture
def without_libpython(environment: Path, tmp_path: Path) -> Path:
    """The module in an environment of a Python that has everything but a libpython, as Debian installs it."""
    standard_library = tmp_path / "python" / "lib" / Path(os.__file__).parent.name
    standard_library.parent.mkdir(parents=True)
    standard_library.symlink_to(Path(os.__file__).parent)
    (environment / "pyvenv.cfg").write_text(f"home = {tmp_path}/python/bin\n")
    return tmp_path / "lib" / "libcryptolib_cps.so"


def test_a_c_host_is_told_which_libpython_is_missing(c_host: Run, without_libpython: Path, tmp_path: Path) -> None:
    done = c_host("return p11->C_Initialize(NULL) != CKR_GENERAL_ERROR;", module=without_libpython)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    advice = f"(Debian: apt install libpython{version})"
    assert done.stderr == f"libcryptolib_cps: {LIBPYTHON.name} is not found under {tmp_path}/python {advice}\n"


def test_a_python_host_needs_no_libpython(python_host: Run, without_libpython: Path) -> None:
    done = python_host("import ctypes; assert ctypes.CDLL(path).C_Initialize(None) == 0", module=without_libpython)
    assert done.stderr == ""


def test_the_compiled_helpers_of_the_python_side_are_there() -> None:
    run([sys.executable, "-I", "-c", "import cryptolib._pcsclite, cryptolib._partial_hash"])
