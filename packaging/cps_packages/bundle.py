"""Builds the bundle: one tree with the module, the ``cps`` command, their Python packages and a Python of its own.

``python -m cps_packages.bundle TREE`` makes it from the Python, the packages and the module of the environment it runs
in. The copy of libpython gets a name and symbols that no other has, and every extension module names them: so the
bundle works in any process, whatever Python that runs (docs/adr/0010). The tree may be moved.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
HOME = Path("/usr/lib/cryptolib-cps")
MINOR = "{}.{}".format(*sys.version_info)
LIBPYTHON = f"libcps_python{MINOR}.so"
SYMBOLS = "cps_"

COMMANDS = {"cps": '"$@"', "cpgeslux": 'gestion "$@"'}
"""The programs of the package. The second one has the name of CPS Gestion, which shortcuts and scripts call."""

# Libraries of the system that a shipped file may need. What needs another one is left out.
C_LIBRARY = {
    "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
}  # fmt: skip
# OpenSSL and libffi are in the Python of the build root (docs/adr/0023), not in that of a machine.
OF_DEBIAN_12 = {"libcrypto.so.3", "libffi.so.8", "libssl.so.3"}
SYSTEM_LIBRARIES = C_LIBRARY | OF_DEBIAN_12 | {"libgcc_s.so.1", "libpcsclite.so.1", "libz.so.1"}
# Parts of the standard library for developers, for windows, or for a Python that is installed by itself.
LEFT_OUT = (
    "__pycache__", "config-*", "curses", "dbm", "dist-packages", "distutils", "ensurepip", "idlelib", "lib2to3",
    "pydoc_data", "site-packages", "sitecustomize.py", "sqlite3", "test", "tests", "tkinter", "turtle.py",
    "turtledemo", "unittest", "venv", "_ctypes_test.*", "_sysconfigdata_*", "_test*", "_xx*", "xx*",
)  # fmt: skip


def libpython() -> Path:
    """The shared library of this Python; Debian keeps it in the folder of its architecture."""
    name, architecture = sysconfig.get_config_vars("INSTSONAME", "MULTIARCH")
    candidates = (Path(sys.base_prefix, "lib", part, name) for part in ("", architecture or ""))
    return next(candidate for candidate in candidates if candidate.exists())


def packages() -> Iterator[Distribution]:
    """The packages of the pinned list for this platform, and the module itself."""
    lines = (ROOT / "requirements" / "runtime.txt").read_text().splitlines()
    for line in lines:
        if line[:1].isalnum():
            wanted = Requirement(line.removesuffix("\\"))
            if wanted.marker is None or wanted.marker.evaluate():
                yield distribution(wanted.name)
    yield distribution("cryptolib-cps")


def needed(file: Path) -> set[str]:
    """The shared libraries that a file names."""
    return set(_run("patchelf", "--print-needed", file).split())


def binaries(tree: Path) -> list[Path]:
    """Every program and library in it."""
    return [file for file in sorted(tree.rglob("*")) if file.is_file() and not file.is_symlink() and _is_elf(file)]


def libraries(tree: Path) -> list[Path]:
    """Every library in it; the others are programs."""
    return [file for file in binaries(tree) if file.parent != tree / "bin"]


def _run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _is_elf(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF"


class _Bundle:
    """A tree in the making."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.library = tree / "lib" / f"python{MINOR}"
        self.site = self.library / "site-packages"

    def build(self) -> None:
        self._copy_standard_library()
        self._copy_packages()
        self._make_modules_of_programs()
        self._make_python()
        self._make_private()
        self._compile()
        self._add_commands()

    def _copy_standard_library(self) -> None:
        shutil.copytree(
            sysconfig.get_path("stdlib"), self.library, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True
        )
        for extension in (self.library / "lib-dynload").iterdir():
            if not needed(extension) <= SYSTEM_LIBRARIES:
                extension.unlink()
        # The original says how and where this Python was built. This much of it may be asked for at run time.
        known = {name: sysconfig.get_config_var(name) for name in ("MULTIARCH", "TZPATH")}
        for original in Path(sysconfig.get_path("stdlib")).glob("_sysconfigdata_*.py"):
            (self.library / original.name).write_text(f"build_time_vars = {known!r}\n")

    def _copy_packages(self) -> None:
        site = Path(sysconfig.get_path("purelib")).resolve()
        for package in packages():
            for file in package.files or ():
                source = Path(str(package.locate_file(file))).resolve()
                # Not the programs of bin/, and nothing that says from where it was installed.
                if source.is_relative_to(site) and source.suffix != ".pyc" and not _is_about_installing(source):
                    target = self.site / source.relative_to(site)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(source, target)

    def _make_modules_of_programs(self) -> None:
        """Library files are no programs: a first line with an interpreter would name the wrong one."""
        for file in self.library.rglob("*.py"):
            file.chmod(0o644)
            content = file.read_bytes()
            if content.startswith(b"#!"):
                file.write_bytes(b"#" + content[content.index(b"\n") :])

    def _make_python(self) -> None:
        shutil.copy(libpython(), self.tree / "lib" / LIBPYTHON)
        (self.tree / "bin").mkdir()
        _run(
            "cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", f'-DCPS_PYTHON_MINOR="{MINOR}"',
            f"-I{sysconfig.get_path('include')}", "-o", self.tree / "bin" / f"python{MINOR}",
            ROOT / "native" / "python.c", ROOT / "native" / "interpreter.c", ROOT / "native" / "streams.c", libpython(),
        )  # fmt: skip

    def _make_private(self) -> None:
        """Renames libpython and all its symbols, in itself and in all that use it."""
        private = self.tree / "lib" / LIBPYTHON
        names = self.tree / "names"
        exported = {line.split()[-1].split("@")[0] for line in _run("nm", "-D", "--defined-only", private).splitlines()}
        names.write_text("".join(f"{name} {SYMBOLS}{name}\n" for name in sorted(exported)))
        # Where this Python looked for libraries may be anybody's folder on another machine.
        rename = ("--remove-rpath", "--rename-dynamic-symbols", names)
        program = self.tree / "bin" / f"python{MINOR}"
        module = self.site / "cryptolib" / "libcryptolib_cps.so"
        for file in binaries(self.tree):
            file.chmod(0o755)
            _run("strip", "--strip-unneeded", "--remove-section=.note.gnu.build-id", file)
            if file == private:
                _run("patchelf", "--set-soname", LIBPYTHON, *rename, file)
            elif file == program:
                used = sysconfig.get_config_var("INSTSONAME")
                _run("patchelf", "--replace-needed", used, LIBPYTHON, *rename, file)
                _run("patchelf", "--set-rpath", "$ORIGIN/../lib", file)
            elif file != module:
                # Some were linked to no library at all, since Python's and the C library are there before them.
                missing = [name for name in (LIBPYTHON, "libc.so.6") if name not in needed(file)]
                _run("patchelf", *(word for name in missing for word in ("--add-needed", name)), *rename, file)
        names.unlink()

    def _compile(self) -> None:
        """Bytecode that is never compared with its source: nobody edits an installed package."""
        settings = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
        command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
        paths = ["-s", str(self.tree), "-p", str(HOME), str(self.library)]
        subprocess.run(command + paths, check=True, env=settings, cwd="/")

    def _add_commands(self) -> None:
        for name, arguments in COMMANDS.items():
            command = self.tree / "bin" / name
            command.write_text(
                "#!/bin/sh\n"
                "# The command of Cryptolib CPS, run by the Python that came with it.\n"
                f'exec "$(dirname "$(readlink -f "$0")")/python{MINOR}" -m cryptolib.cli {arguments}\n'
            )
            command.chmod(0o755)


def _is_about_installing(file: Path) -> bool:
    return file.parent.suffix == ".dist-info" and file.name in {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}


def build(tree: Path) -> None:
    """Whatever is there is replaced."""
    # patchelf is a program of the environment.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shutil.rmtree(tree, ignore_errors=True)
    _Bundle(tree).build()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m cps_packages.bundle", description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=Path, help="where to build it; whatever is there is replaced")
    build(parser.parse_args().tree.resolve())


if __name__ == "__main__":
    main()
