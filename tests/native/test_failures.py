"""A failure of the Python side is an error for the host: never CKR_OK, never a crash."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.native.hosts import Run


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError",
        "raise MemoryError",
        "raise SystemExit(0)",
        "raise KeyboardInterrupt",
        "def deeper(): deeper()\\ndeeper()",
        "this is not Python",
        "rv[0] = 'CKR_OK'",
        "rv[0] = -1",
        "pass",
    ],
)
def test_a_failure_of_python_is_a_general_error(c_host: Run, code: str) -> None:
    c_host(
        f"""
        OK(p11->C_Initialize(NULL));
        EXPECT(CKR_GENERAL_ERROR, python("{code}"));
        OK(slots());
        OK(p11->C_Finalize(NULL));
        """
    )


@pytest.fixture
def site(module: Path, tmp_path: Path) -> Path:
    """A copy of the installation that a test may break."""
    shutil.copytree(module.parent.parent, tmp_path / "site")
    return tmp_path / "site"


FAILS = "EXPECT(CKR_GENERAL_ERROR, p11->C_Initialize(NULL)); EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());"


def test_the_core_is_missing(c_host: Run, site: Path) -> None:
    (core,) = site.glob("cryptolib/_cps_core.*")
    core.unlink()
    done = c_host(FAILS, module=site / "cryptolib" / "libcryptolib_cps.so")
    assert done.stderr.endswith(f"libcryptolib_cps.so: {core.name} is missing beside it\n")
    assert done.stderr.count("\n") == 1


def test_cffi_is_missing(c_host: Run, site: Path) -> None:
    (backend,) = site.glob("_cffi_backend.*")
    backend.unlink()
    done = c_host(FAILS, module=site / "cryptolib" / "libcryptolib_cps.so")
    assert done.stderr == (
        "libcryptolib_cps: the Python side does not start: ModuleNotFoundError: No module named '_cffi_backend'\n"
    )


def test_once_repaired_the_same_process_may_try_again(c_host: Run, site: Path) -> None:
    entry = site / "cryptolib" / "abi" / "entry.py"
    entry.rename(entry.with_suffix(".away"))
    c_host(
        f"""
        {FAILS}
        EXPECT(0, rename("{entry.with_suffix(".away")}", "{entry}"));
        sleep(1);  /* the import system looks again once the directory has another time stamp */
        OK(p11->C_Initialize(NULL));
        OK(slots());
        """,
        module=site / "cryptolib" / "libcryptolib_cps.so",
    )


def test_a_start_that_failed_half_way_may_be_repeated(c_host: Run, site: Path) -> None:
    entry = site / "cryptolib" / "abi" / "entry.py"
    entry.rename(entry.with_name("whole.py"))
    entry.write_text(
        "from cryptolib.abi import whole\n"
        "failures = ['half-way']\n"
        "def install(ffi, lib, load_bundled):\n"
        "    whole.install(ffi, lib, load_bundled)\n"
        "    if failures:\n"
        "        raise RuntimeError(failures.pop())\n"
    )
    done = c_host(
        f"""
        {FAILS}
        OK(p11->C_Initialize(NULL));
        OK(slots());
        OK(python("rv[0] = 0"));
        """,
        module=site / "cryptolib" / "libcryptolib_cps.so",
    )
    assert done.stderr == "libcryptolib_cps: the Python side does not start: RuntimeError: half-way\n"
