"""Makes wheels for pip: ``PYTHONPATH=packaging python -m cps_packages.wheels`` leaves them in dist/.

A wheel serves one minor version of Python, and each Linux whose C library is not older than OLDEST_GLIBC: the compiler
of zig links against that one, whatever this machine has. pyscard comes with it, since PyPI has it for Linux in source
form only. libpcsclite is that of the system, and so fits its pcscd: no wheel brings it.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cps_packages.bundle import ROOT

MINORS = ("3.11", "3.12", "3.13")
OLDEST_GLIBC = "2.28"
"""That of the wheels of `cryptography`: the module does without an older one as well."""

_HAS_HEADERS = 'import os, sysconfig; os.stat(os.path.join(sysconfig.get_path("include"), "Python.h"))'


def candidates(minor: str) -> Iterator[str]:
    """This very interpreter, those installed beside it, the one on the PATH."""
    if minor == "{}.{}".format(*sys.version_info):
        yield sys.executable
    yield from map(str, sorted(Path(sys.base_prefix).parent.glob(f"{minor}.*/bin/python{minor}")))
    yield from filter(None, [shutil.which(f"python{minor}")])


def interpreter(minor: str) -> str | None:
    """One that extension modules can be compiled for."""
    for python in candidates(minor):
        if subprocess.run([python, "-c", _HAS_HEADERS], capture_output=True).returncode == 0:
            return python
    return None


def pinned(name: str) -> str:
    """The lines of the pinned list about one package."""
    lines = iter((ROOT / "requirements" / "runtime.txt").read_text().splitlines(keepends=True))
    part = [next(line for line in lines if line.startswith(f"{name}=="))]
    while part[-1].endswith("\\\n"):
        part.append(next(lines))
    return "".join(part)


class WheelBuilder:
    """Builds the wheels of one minor version in one folder, and leaves them in another."""

    def __init__(self, python: str, build_dir: Path, output_dir: Path) -> None:
        self.python = python
        self.build_dir = build_dir
        self.output_dir = output_dir
        self.venv = build_dir / "venv"
        self.machine = platform.machine()

    def build(self) -> list[Path]:
        shutil.rmtree(self.build_dir, ignore_errors=True)
        self._run(self.python, "-m", "venv", self.venv)
        self._pip("install", "--require-hashes", "--requirement", ROOT / "requirements" / "build.txt")
        # Where no Python is found around the module, it is none of this machine's.
        self._pip("wheel", "--no-index", "-Csetup-args=-Dpython_prefix=/usr/local", ROOT)
        pyscard = self.build_dir / "pyscard.txt"
        pyscard.write_text(pinned("pyscard"))
        self._pip("wheel", "--no-cache-dir", "--require-hashes", "--requirement", pyscard)
        return [self._repaired(wheel) for wheel in sorted(self.build_dir.glob("*.whl"))]

    def _repaired(self, wheel: Path) -> Path:
        """Have auditwheel check the symbols and rename the wheel with its platform tag."""
        name, version, python, *_ = wheel.name.split("-")
        for former in self.output_dir.glob(f"{name}-*-{python}-*.whl"):
            former.unlink()
        tag = f"manylinux_{OLDEST_GLIBC.replace('.', '_')}_{self.machine}"
        options: list[str | Path] = [
            "--strip",
            "--exclude",
            "libpcsclite.so.1",
            "--plat",
            tag,
            "--wheel-dir",
            self.output_dir,
        ]
        self._run(sys.executable, "-m", "auditwheel", "repair", *options, wheel)
        (repaired,) = self.output_dir.glob(f"{name}-{version}-{python}-*.whl")
        return repaired

    def _pip(self, command: str, *arguments: str | Path) -> None:
        where: list[str | Path] = ["--wheel-dir", self.build_dir, "--no-deps"] if command == "wheel" else []
        options = ["--quiet", "--disable-pip-version-check", "--no-build-isolation", *where]
        self._run(self.venv / "bin" / "python", "-m", "pip", command, *options, *arguments)

    def _run(self, *command: str | Path) -> None:
        # Debian keeps a header of its Python in /usr/include; that of the C library beside it is not the old one's.
        compiler = (
            f"{sys.executable} -m ziglang cc -target {self.machine}-linux-gnu.{OLDEST_GLIBC} -idirafter /usr/include"
        )
        programs = [self.venv / "bin", Path(sys.executable).parent]
        environment = {
            "CC": compiler,
            "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]]),
            "ZIG_GLOBAL_CACHE_DIR": str(self.build_dir.parent / "zig"),
            "ZIG_LOCAL_CACHE_DIR": str(self.build_dir.parent / "zig"),
        }
        subprocess.run(command, check=True, cwd=ROOT, env=os.environ | environment)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m cps_packages.wheels", description=__doc__.splitlines()[0])
    parser.add_argument("--output-dir", type=Path, default=ROOT / "dist", help="where to leave the wheels")
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build" / "wheel", help="where to build them")
    parser.add_argument("minors", nargs="*", default=MINORS, metavar="3.x", help="for which Python (default: all)")
    options = parser.parse_args()
    found = {minor: interpreter(minor) for minor in options.minors}
    missing = [minor for minor, python in found.items() if python is None]
    if missing:
        parser.error(f"no Python {', '.join(missing)} with its headers is here: install it, or name those that are")
    for minor, python in found.items():
        assert python is not None
        builder = WheelBuilder(python, options.build_dir.resolve() / minor, options.output_dir.resolve())
        for wheel in builder.build():
            print(wheel.relative_to(ROOT) if wheel.is_relative_to(ROOT) else wheel)


if __name__ == "__main__":
    main()
