"""docs/verification.md: each section is written by the command that measured, so that no figure is typed by hand.

``python -m conformance.documentation.verification Tests COMMAND...`` runs a command and keeps its summary as a section.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "verification.md"
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_SUMMARY = re.compile(r"\b\d+ (?:passed|failed|kept)\b|^Success:|^All checks passed|: seed \d+ calls \d")


def write_section(name: str, command: str, body: str, page: Path = PAGE) -> None:
    """Puts ``body`` below the heading, with the command, the date and the machine; leaves the other sections alone.

    :raises ValueError: when the page has no such section.
    """
    text = page.read_text(encoding="utf-8")
    section = re.compile(rf"^## {re.escape(name)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if not section.search(text):
        raise ValueError(f"{page.name} has no section {name!r}")
    written = f"## {name}\n\n`{command}`, {datetime.now(UTC):%Y-%m-%d}, {machine()}.\n\n{body.strip()}\n\n"
    page.write_text(section.sub(lambda _: written, text).rstrip() + "\n", encoding="utf-8")


def machine() -> str:
    """Processor, cores, system and pcscd."""
    release = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    software = f"{release}, pcscd {_pcscd_version()}, Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {software}"


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _pcscd_version() -> str:
    said = subprocess.run(["/usr/sbin/pcscd", "--version"], capture_output=True, text=True, timeout=10).stdout
    found = re.search(r"version ([\d.]*\d)", said)
    return found[1] if found else "unknown"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [list(heads), ["---"] * len(heads), *map(list, rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main(page: Path = PAGE) -> int:
    section, *command = sys.argv[1:]
    started = time.monotonic()
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            plain = _COLOUR.sub("", line.strip())
            if _SUMMARY.search(plain):
                lines.append(plain)
    if running.returncode == 0:
        lines.append(f"{time.monotonic() - started:.0f} s in all")
        write_section(section, " ".join(command), "\n".join(f"* {line}" for line in lines), page)
    return running.returncode


if __name__ == "__main__":
    sys.exit(main())
