"""How a test runs a host of its own, and what it loads there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HEADERS = ROOT / "native" / "pkcs11"
# Without the packages of this environment: there the real `cryptolib` would come before the stand-in's.
BARE_PYTHON = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
LIBPYTHON = next(
    path
    for directory in ("", sysconfig.get_config_var("MULTIARCH") or "")
    if (path := Path(sys.base_prefix, "lib", directory, sysconfig.get_config_var("INSTSONAME"))).exists()
)
TIMEOUT = 60
# How scripts/test-sanitizers has a host look at the module; nothing otherwise.
SANITIZERS = {
    name: os.environ[name]
    for name in ("LD_PRELOAD", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
    if name in os.environ
}

# Where the core says for which Python it holds modules: those of another one are left, and the files are imported.
MARK = b"cps bundle bytecode:"
BUNDLED, OF_ANOTHER_PYTHON = MARK + MAGIC_NUMBER, MARK + bytes(len(MAGIC_NUMBER))

VERSIONS = [f"3.{minor}" for minor in range(8, 20)]

# For tests that hold with the Python of a bundle, too.
BOTH = pytest.mark.parametrize("module", ["installed", "bundled"], indirect=True)

# Threads that call once and end, until `stop`.
CHURN = """
static volatile int stop;
static void *call_once(void *unused)
{
    OK(slots());
    return unused;
}
static void *churn(void *unused)
{
    pthread_t threads[4];
    while (!stop) {
        start_threads(threads, 4, call_once, NULL);
        join_threads(threads, 4);
    }
    return unused;
}
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run(
    command: list[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a host that finds no pcscd, and no `cryptolib` in the current directory; show what it said when it fails."""
    environment = {
        **SANITIZERS,
        "PATH": os.environ["PATH"],
        "PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd.comm",
        **(env or {}),
    }
    done = subprocess.run(command, env=environment, cwd=cwd or "/", capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done


def pythons() -> Iterator[Path]:
    """One interpreter of each minor version on this machine: on the PATH, or installed beside ours."""
    for version in VERSIONS:
        beside = Path(sys.base_prefix).parent.glob(f"{version}.*/bin/python{version}")
        for python in (shutil.which(f"python{version}"), *beside):
            if python and subprocess.run([python, "-c", "import ctypes"], capture_output=True).returncode == 0:
                yield Path(python)
                break


def make_site(installed_module: Path, backend: Path, site: Path) -> Path:
    """The shared objects of an installation before a stand-in for its Python side."""
    package = site / "cryptolib"
    (package / "abi").mkdir(parents=True)
    for name in ("__init__.py", "abi/__init__.py"):
        (package / name).touch()
    shutil.copy(HERE / "stand_in.py", package / "abi" / "entry.py")
    shutil.copy(backend, site / backend.name)
    shutil.copy(installed_module, package)
    (core,) = installed_module.parent.glob("_cps_core.*.so")
    (package / core.name).write_bytes(core.read_bytes().replace(BUNDLED, OF_ANOTHER_PYTHON))
    return package / installed_module.name


def make_bundle(bundle: Path, tree: Path) -> Path:
    """A bundle like the given one, before the same stand-in."""
    (library,) = bundle.glob("lib/python3.*")
    copy = tree / library.relative_to(bundle)
    copy.mkdir(parents=True)
    for entry in [*library.iterdir(), *bundle.glob("lib/*.so"), bundle / "bin"]:
        if entry.name != "site-packages":
            (tree / entry.relative_to(bundle)).symlink_to(entry)
    (backend,) = library.glob("site-packages/_cffi_backend.*")
    make_site(library / "site-packages/cryptolib/libcryptolib_cps.so", backend, copy / "site-packages")
    return tree
