"""A C application in a process of its own that makes PKCS#11 calls on request; c_host.c has its commands.

For tests in which the host matters: what the module starts, what it may crash, what a host without Python gets.
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
    """The host ended during a command: by this signal, or with this exit status."""


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
        """End the host's input and return its exit status; kill it if it hangs."""
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
        """Memory that ends at a forbidden page: an access beyond it crashes the host."""
        return int(self._order(f"edge {size}"))

    def holding(self, content: bytes) -> int:
        """Memory of the host with these bytes."""
        address = self.alloc(max(len(content), 1))
        self.write(address, content)
        return address

    def write(self, address: int, content: bytes) -> None:
        self._order(f"write {address} {content.hex()}")

    def read(self, address: int, size: int) -> bytes:
        return bytes.fromhex(self._order(f"read {address} {size}"))

    def word(self, address: int) -> int:
        return int.from_bytes(self.read(address, WORD), sys.byteorder)

    def symbol(self, name: str) -> int:
        return int(self._order(f"symbol {name}"))

    def clock(self) -> int:
        return int(self._order("clock"))

    def python(self, code: str) -> None:
        """Run one line of Python in the interpreter that the module started in the host."""
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
