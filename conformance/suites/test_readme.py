"""The commands and programs that README.md promises work as they stand there, with a card in the reader."""

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.client import module_path
from conformance.readme import blocks
from conformance.rig import Rig
from conformance.suites.cards import PIN, Card


@pytest.fixture
def reader(rig: Rig, card: Card) -> dict[str, str]:
    """The shell that README.md starts with."""
    return {**rig.env, "MODULE": module_path()}


def run(command: list[str], env: dict[str, str], directory: Path, typed: str = "") -> str:
    done = subprocess.run(command, env=env, cwd=directory, input=typed, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_pkcs11_tool(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    (script,) = blocks("pkcs11-tool", "sh")
    told = run(["bash", "-euc", script], reader, tmp_path, typed=PIN.decode() + "\n")
    assert card.signature.private in told
    assert told.endswith("Verified OK\n")


@pytest.mark.parametrize("position", [0, 1], ids=["python-pkcs11", "PyKCS11"])
def test_python(reader: dict[str, str], position: int, tmp_path: Path) -> None:
    program = blocks("Python", "python")[position]
    signature = run([sys.executable, "-c", program], {**reader, "CPS_PIN": PIN.decode()}, tmp_path)
    assert len(bytes.fromhex(signature)) == 256


def test_ssh(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    (key,) = run(["bash", "-euc", blocks("SSH", "sh")[0]], reader, tmp_path).splitlines()
    assert key.startswith("ssh-rsa ") and key.endswith(card.authentication.public)
