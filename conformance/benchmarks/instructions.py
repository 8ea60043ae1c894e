"""Counts instructions and file look-ups of C processes with valgrind; nearly independent of the load.

The count depends on the build of Python, so it is compared with a bare start of the same Python.
"""

import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from conformance.benchmarks.cold_start import compile_program

BARE_PYTHON = Path(__file__).with_name("bare_python.c")
CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-syscalls=yes")

LOOK_UP = re.compile(r"sys_(?:open|openat|stat|lstat|newfstatat|access|faccessat) \( [^(]*\((/[^)]*|[^/)][^)]*)\)")
"""A system call that is given the name of a file."""

OF_VALGRIND = ("/usr/lib/debug", "/usr/libexec/valgrind", "/usr/lib/valgrind")
"""Where valgrind has the loader look first."""


class Counted(NamedTuple):
    instructions: int
    look_ups: int


def count(command: Sequence[str | Path], env: Mapping[str, str]) -> Counted:
    """The whole process; it must exit with 0."""
    instructions, names = _run(command, env)
    return Counted(instructions, len(names))


def files_read(command: Sequence[str | Path], env: Mapping[str, str]) -> list[Path]:
    """The existing files that the process looked up."""
    _, names = _run(command, env)
    return [path for path in map(Path, dict.fromkeys(names)) if path.is_file() and path.parts[1] not in ("proc", "sys")]


def _run(command: Sequence[str | Path], env: Mapping[str, str]) -> tuple[int, list[str]]:
    """The number of instructions, and the names of looked-up files."""
    done = subprocess.run([*CALLGRIND, *command], env=dict(env), capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        raise RuntimeError(f"{command}: exit status {done.returncode}\n{done.stderr}")
    names = [name for name in LOOK_UP.findall(done.stderr) if not name.startswith(OF_VALGRIND)]
    return int(found[1]), names


def of_bare_python(directory: Path, env: Mapping[str, str]) -> int:
    """The instructions of a C program that only starts the Python of this module."""
    include, library, name = sysconfig.get_path("include"), *sysconfig.get_config_vars("LIBDIR", "INSTSONAME")
    program = compile_program(BARE_PYTHON, directory / "bare_python", f"-I{include}")
    libpython = Path(library) / name
    standard_library = sysconfig.get_path("stdlib")
    command = [program, libpython if libpython.exists() else name, sys.base_prefix, standard_library]
    return count(command, env).instructions
