"""How a test runs a host of its own, and what it loads there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

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

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run(
    command: list[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a host that finds no pcscd, and no `cryptolib` in the current directory; show what it said when it fails."""
    environment = {"PATH": os.environ["PATH"], "PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd.comm", **(env or {})}
    done = subprocess.run(command, env=environment, cwd=cwd or "/", capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done


def make_site(installed_module: Path, site: Path) -> Path:
    import _cffi_backend

    package = site / "cryptolib"
    (package / "abi").mkdir(parents=True)
    for name in ("__init__.py", "abi/__init__.py"):
        (package / name).touch()
    shutil.copy(HERE / "stand_in.py", package / "abi" / "entry.py")
    backend = Path(_cffi_backend.__file__)
    shutil.copy(backend, site / backend.name)
    for library in (installed_module, *installed_module.parent.glob("_cps_core.*.so")):
        shutil.copy(library, package / library.name)
    return package / installed_module.name
