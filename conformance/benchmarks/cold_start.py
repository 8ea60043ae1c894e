"""Time and memory of C processes that load a module, call it and exit: the first wait of a user."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

STAGES = (
    "dlopen, C_GetFunctionList",
    "+ C_Initialize, C_Finalize",
    "+ C_GetSlotList, C_GetSlotInfo",
    "+ C_GetTokenInfo",
    "+ C_OpenSession",
)
"""What the process does, by the stage that `cold_start.c` has to reach."""

RUNS = 15
FIRST_RUNS = 5
BLOCK = 512
"""Bytes; the unit of ru_inblock (getrusage(2))."""

SOURCE = Path(__file__).with_suffix(".c")


@contextmanager
def compiled() -> Iterator[Path]:
    """Compile the C application for the time of `with`."""
    with tempfile.TemporaryDirectory() as directory:
        yield compile_program(SOURCE, Path(directory) / "cold_start")


def compile_program(source: Path, program: Path, *options: str) -> Path:
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=gnu11", "-O1", "-Wall", *options, "-o", program, source, "-ldl"], check=True
    )
    return program


class FirstStart(NamedTuple):
    """`read` is in KiB."""

    milliseconds: float
    read: int


def median_milliseconds(program: Path, module: str, stage: int, env: Mapping[str, str], runs: int = RUNS) -> float:
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run([program, module, str(stage)], env=dict(env), check=True)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def first_start(
    program: Path, module: str, stage: int, env: Mapping[str, str], files: Iterable[Path], runs: int = FIRST_RUNS
) -> FirstStart:
    """The median of starts without `files` in the page cache, as after a reboot.

    Files that another process has mapped stay there: the C library, for example.
    """
    starts = []
    for _ in range(runs):
        for file in files:
            _drop_from_page_cache(file)
        started = time.perf_counter()
        process = subprocess.Popen([program, module, str(stage)], env=dict(env))
        _, status, used = os.wait4(process.pid, 0)
        milliseconds = (time.perf_counter() - started) * 1000
        if status:
            raise RuntimeError(f"{module}: wait status {status}")
        starts.append(FirstStart(milliseconds, used.ru_inblock * BLOCK // 1024))
    return sorted(starts)[len(starts) // 2]


def _drop_from_page_cache(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def memory(program: Path, module: str, stage: int, env: Mapping[str, str]) -> int:
    """Peak memory of the process in KiB."""
    done = subprocess.run([program, module, str(stage), "memory"], env=dict(env), check=True, capture_output=True)
    return int(done.stdout)
