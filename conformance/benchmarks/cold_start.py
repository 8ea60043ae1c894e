"""Wall time of whole C processes that load a module, call it and exit: what a user waits for at first."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

STAGES = (
    "dlopen, C_GetFunctionList",
    "+ C_Initialize, C_Finalize",
    "+ C_GetSlotList, C_GetSlotInfo",
    "+ C_GetTokenInfo",
    "+ C_OpenSession",
)
"""What the process does, by the stage that `cold_start.c` has to reach."""

RUNS = 15
SOURCE = Path(__file__).with_suffix(".c")


@contextmanager
def compiled() -> Iterator[Path]:
    """The C application, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as directory:
        yield compile_program(SOURCE, Path(directory) / "cold_start")


def compile_program(source: Path, program: Path, *options: str) -> Path:
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=gnu11", "-O1", "-Wall", *options, "-o", program, source, "-ldl"], check=True
    )
    return program


def median_milliseconds(program: Path, module: str, stage: int, env: Mapping[str, str], runs: int = RUNS) -> float:
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run([program, module, str(stage)], env=dict(env), check=True)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
