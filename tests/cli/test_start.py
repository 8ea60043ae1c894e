"""The start of `cps`: what it takes to say its version or its help."""

import resource
import subprocess
import sys

import pytest

pytestmark = pytest.mark.timing

HEAVY = (
    "asn1crypto", "cryptography", "cryptolib.metier", "http", "pkcs11", "pyhanko", "rich", "smartcard", "ssl",
    "textual",
)  # fmt: skip
"""What only commands need."""
CPU_SECONDS = 0.6
"""150 ms on a machine of today that does nothing else; this test may run beside others, on a slow one."""


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_nothing_is_imported_that_only_commands_need(option: str) -> None:
    script = f"""
import sys
from cryptolib.cli.__main__ import main
sys.argv = ["cps", {option!r}]
try:
    main()
except SystemExit:
    print(*(name for name in {HEAVY!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_the_start_is_short(option: str) -> None:
    spent = []
    for _ in range(3):
        before = cpu_seconds()
        command = [sys.executable, "-m", "cryptolib.cli", option]
        subprocess.run(command, capture_output=True, timeout=60, check=True)
        spent.append(cpu_seconds() - before)
    assert min(spent) < CPU_SECONDS
