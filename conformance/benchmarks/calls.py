"""The cost of calls that come in bursts, made by `calls.c`."""

import hashlib
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from conformance.benchmarks.cold_start import compile_program
from conformance.testbed.cards import PIN

SOURCE = Path(__file__).with_suffix(".c")
SIGNATURE = "C_SignInit + C_Sign, time of the processor"
"""The row of the calls that need the card."""

LARGE = 64 << 20
BURSTS = 5


class Call(NamedTuple):
    """One call of a burst of `calls`; `messages` are those to pcscd."""

    nanoseconds: int
    messages: float
    calls: int


@contextmanager
def compiled() -> Iterator[Path]:
    with TemporaryDirectory() as directory:
        yield compile_program(SOURCE, Path(directory) / "calls", "-rdynamic")


def measure(program: Path, module: str, slot_position: int, env: Mapping[str, str]) -> dict[str, Call]:
    """By kind of call; stops at the first kind that the module refuses."""
    command = [str(program), module, str(slot_position), PIN.decode()]
    done = subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {name: Call(int(nanoseconds), float(messages), int(calls)) for name, nanoseconds, messages, calls in rows}


def hashlib_microseconds() -> float:
    """The best time of OpenSSL's SHA-256 over as many bytes as the row "C_Digest of 64 MiB"."""
    data, times = bytes(LARGE), []
    for _ in range(BURSTS):
        started = time.perf_counter()
        hashlib.sha256(data).digest()
        times.append(time.perf_counter() - started)
    return min(times) * 1e6
