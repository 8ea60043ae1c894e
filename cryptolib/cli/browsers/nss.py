"""The NSS databases of Firefox, Thunderbird and Chromium, changed with NSS's own tools."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptolib.cli.browsers.target import Program, State, TargetFailed, free_name, is_ours, state_of

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class NssDatabase:
    program: Program
    path: Path
    runs: Callable[[], bool]

    def state(self, module: Path) -> State:
        return state_of(next((library for _, library in self._ours()), None), module)

    def libraries(self) -> list[str]:
        """The libraries of all registered modules, as written. Raises TargetFailed."""
        return [library for _, library in modules(self._text()) if library]

    def in_use(self) -> bool:
        return self.runs()

    def register(self, module: Path) -> None:
        self.unregister()
        if not (self.path / "cert9.db").exists():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _tool("certutil", "-N", "-d", f"sql:{self.path}", "--empty-password")
        name = free_name({name for name, _ in modules(self._text())})
        _tool("modutil", "-dbdir", f"sql:{self.path}", "-add", name, "-libfile", str(module), "-force")

    def unregister(self) -> None:
        for name, _ in self._ours():
            _tool("modutil", "-dbdir", f"sql:{self.path}", "-delete", name, "-force")

    def _ours(self) -> list[tuple[str, str]]:
        return [(name, library) for name, library in modules(self._text()) if is_ours(library)]

    def _text(self) -> str:
        try:
            return (self.path / "pkcs11.txt").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise TargetFailed(str(error)) from error


def modules(text: str) -> list[tuple[str, str]]:
    """Name and library of every module in a pkcs11.txt: paragraphs of `key=value` lines."""
    paragraphs = [
        dict(line.split("=", 1) for line in paragraph.splitlines() if "=" in line) for paragraph in text.split("\n\n")
    ]
    return [(each["name"], each.get("library", "")) for each in paragraphs if "name" in each]


def _tool(name: str, *arguments: str) -> None:
    """Run one of NSS's tools. Raises TargetFailed with its error message."""
    program = shutil.which(name)
    if program is None:
        raise TargetFailed(f"{name}: Debian: apt install libnss3-tools; Fedora: dnf install nss-tools")
    done = subprocess.run(
        [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode:
        raise TargetFailed(" ".join((done.stderr or done.stdout).split()))
