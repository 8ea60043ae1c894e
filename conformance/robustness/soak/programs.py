"""Builds the C programs of this folder, runs them with a rig, and parses their output."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.testbed.client import module_path
from conformance.testbed.cryptoki import CKR
from conformance.testbed.rig import Rig
from conformance.virtual_card.identity import identity
from conformance.virtual_card.rsa import digest_info, pad_signature

MESSAGE = b"soak"
HANG_SECONDS = 15
PIN = "1234"
END_SECONDS = 150.0
"""How much longer than its time a program may take: a hang is looked at for a minute."""

_HERE = Path(__file__).parent
_HEADERS = _HERE.parents[2] / "native" / "pkcs11"
_NAMES = ("lifetimes", "forks", "cycles", "application")
_OPTIONS = ("-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", f"-I{_HEADERS}")


@dataclass
class Outcome:
    """The parsed output of one or several programs."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    slowest: dict[str, int] = field(default_factory=dict)
    values: Counter[str] = field(default_factory=Counter)
    hangs: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        kind, _, rest = line.partition(" ")
        if kind == "count":
            name, answer, number, milliseconds = rest.split()
            self.counts[name, int(answer)] += int(number)
            self.slowest[name] = max(self.slowest.get(name, 0), int(milliseconds))
        elif kind == "value":
            name, number = rest.split()
            self.values[name] += int(number)
        elif kind in {"hang", "backtraces"}:
            self.hangs.append(line)

    def add(self, other: Outcome) -> None:
        self.counts += other.counts
        self.values.update(other.values)
        for name, milliseconds in other.slowest.items():
            self.slowest[name] = max(self.slowest.get(name, 0), milliseconds)
        self.hangs += other.hangs
        self.faults += other.faults

    def answers(self) -> set[int]:
        return {answer for _, answer in self.counts}


def shown(answer: int) -> str:
    return CKR(answer).name if answer in set(CKR) else hex(answer)


class Programs:
    """The programs, compiled into a folder that also gets the backtraces of a hang."""

    def __init__(self, folder: Path, hang_seconds: int = HANG_SECONDS) -> None:
        self.folder = folder
        self.module = module_path()
        self.env: dict[str, str] = {}
        compiler = os.environ.get("CC", "cc")
        for name in _NAMES:
            sources = [str(_HERE / f"{name}.c"), str(_HERE / "host.c")]
            limit = f"-DHANG_SECONDS={hang_seconds}"
            _compile(compiler, *_OPTIONS, limit, "-o", str(folder / name), *sources, "-ldl")
        self.jitter = self.library("jitter")

    def library(self, name: str) -> Path:
        """Compiled from this folder."""
        made = self.folder / f"{name}.so"
        source = str(_HERE / f"{name}.c")
        _compile(os.environ.get("CC", "cc"), *_OPTIONS, "-shared", "-fPIC", "-o", str(made), source, "-ldl")
        return made

    def __call__(self, name: str, rig: Rig, seconds: float, seed: int, more: str = "", jitter: int = 0) -> Outcome:
        """``jitter`` is the longest delay of a call into libpcsclite, in microseconds."""
        delays = {"LD_PRELOAD": str(self.jitter), "JITTER_SEED": str(seed), "JITTER_MICROSECONDS": str(jitter)}
        command = [str(self.folder / name), str(self.module), str(seconds), str(seed), *([more] if more else [])]
        return run(command, rig, seconds, self.folder, self.env | (delays if jitter else {}))


def client(kind: str, rig: Rig, seconds: float, folder: Path) -> Outcome:
    """One of the clients of conformance.robustness.soak.clients."""
    command = [sys.executable, "-P", str(_HERE / "clients.py"), kind, module_path(), str(seconds), "0"]
    return run(command, rig, seconds, folder, {"CPS_TEST_PIN": PIN} if kind == "pkcs11-tool" else {})


def expected_signature(card: str) -> str:
    """The signature of MESSAGE with the signature key (RSASSA-PKCS1-v1_5, SHA-256) in hexadecimal; it is
    deterministic.
    """
    key = identity(card).credentials["signature"].key
    return key.apply(pad_signature(digest_info("sha256", hashlib.sha256(MESSAGE).digest()), key.size)).hex()


def run(command: Sequence[str], rig: Rig, seconds: float, folder: Path, more: dict[str, str]) -> Outcome:
    """Run a program to its end; collect its output and pcscd's contexts at its checkpoints."""
    outcome, complaints = Outcome(), list[str]()
    with subprocess.Popen(
        command,
        env={**rig.env, **more},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        listener = threading.Thread(target=_keep_last_lines, args=(process, complaints))
        listener.start()
        too_late = threading.Timer(seconds + END_SECONDS, process.kill)
        too_late.start()
        try:
            _converse(process, outcome, rig.pcscd_contexts)
        finally:
            too_late.cancel()
            process.kill()
            status = process.wait()
            listener.join(10)
    if status < 0:
        outcome.faults.append(f"{Path(command[0]).name} ended by signal {-status}")
    elif status:
        outcome.faults.append(f"{Path(command[0]).name} ended with status {status}: {' / '.join(complaints[-3:])}")
    return outcome


def _converse(process: subprocess.Popen[str], outcome: Outcome, contexts: Callable[[], int]) -> None:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(f"{PIN}\n{expected_signature('cps4')}\n")
    process.stdin.flush()
    for line in process.stdout:
        outcome.take(line.strip())
        kind, _, name = line.strip().partition(" ")
        if kind == "checkpoint":
            outcome.values[f"pcscd_contexts_{name}"] = contexts()
            process.stdin.write("\n")
            process.stdin.flush()
    process.wait(10)


def _keep_last_lines(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line.strip())
        del lines[:-20]


def _compile(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr)
