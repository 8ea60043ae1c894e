"""A C application in a process of its own, which gets from here the PKCS#11 calls to make: see c_host.c for its orders.

Tests use it where the host matters: what the module starts, what it may crash, what a program without Python gets.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.testbed.cryptoki import CKR

SOURCE = Path(__file__).with_name("c_host.c")
WORD = 8


class Died(Exception):
    """The host ended in the middle of an order: by which signal, or with which exit status."""


def compile_host(directory: Path) -> Path:
    program = directory / "host"
    compiler = os.environ.get("CC", "cc")
    subprocess.run([compiler, "-std=gnu11", "-O1", "-Wall", "-o", str(program), str(SOURCE), "-ldl"], check=True)
    return program


class Host:
    def __init__(self, program: Path, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(program)], env=dict(env), cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> int:
        """Lets the host reach the end of its input and exit; its exit status. One that hangs is killed first."""
        try:
            self._process.communicate(timeout=30)
        except BrokenPipeError:
            self._process.wait(timeout=30)
        finally:
            self._process.kill()
        return self._process.returncode

    def load(self, module: str) -> None:
        self._order(f"load {module}")

    def call(self, name: str, *arguments: int) -> CKR:
        return CKR(int(self._order(" ".join(["call", name, *map(str, arguments)]))))

    def alloc(self, size: int) -> int:
        return int(self._order(f"alloc {size}"))

    def edge(self, size: int) -> int:
        """Memory right before a page that nobody may touch: whoever reads or writes a byte too much ends the host."""
        return int(self._order(f"edge {size}"))

    def holding(self, content: bytes) -> int:
        """Memory of the host that holds these bytes."""
        address = self.alloc(max(len(content), 1))
        self.write(address, content)
        return address

    def write(self, address: int, content: bytes) -> None:
        self._order(f"write {address} {content.hex()}")

    def read(self, address: int, size: int) -> bytes:
        return bytes.fromhex(self._order(f"read {address} {size}"))

    def word(self, address: int) -> int:
        return int.from_bytes(self.read(address, WORD), sys.byteorder)

    def clock(self) -> int:
        return int(self._order("clock"))

    def python(self, code: str) -> None:
        """Runs one line in the interpreter that the module started in the host."""
        self._order(f"python {code}")

    def _order(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline().rstrip("\n")
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise Died(f"{line}: the host ended with status {self._process.wait(timeout=30)}")
        if answer.startswith("error "):
            raise RuntimeError(f"{line}: {answer.removeprefix('error ')}")
        return answer
