"""The commands and programs that README.md promises work as they stand there, with a card in the reader."""

import sys
from pathlib import Path

import pytest

from conformance.client import module_path
from conformance.readme import blocks
from conformance.rig import Rig
from conformance.suites.cards import PIN, Card
from conformance.typist import typed


@pytest.fixture
def reader(rig: Rig, card: Card) -> dict[str, str]:
    """The shell that README.md starts with."""
    return {**rig.env, "MODULE": module_path()}


def test_pkcs11_tool(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    (script,) = blocks("pkcs11-tool", "sh")
    told = typed(["bash", "-euc", script], [PIN.decode()] * 2, reader, tmp_path)
    assert card.signature.private in told
    assert told.endswith("Verified OK\n")


@pytest.mark.parametrize("position", [0, 1], ids=["python-pkcs11", "PyKCS11"])
def test_python(reader: dict[str, str], position: int, tmp_path: Path) -> None:
    program = blocks("Python", "python")[position]
    told = typed([sys.executable, "-c", program], [PIN.decode()], reader, tmp_path)
    assert len(bytes.fromhex(told.splitlines()[-1])) == 256


def test_ssh(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    (key,) = typed(["bash", "-euc", blocks("SSH", "sh")[0]], [], reader, tmp_path).splitlines()
    assert key.startswith("ssh-rsa ") and key.endswith(card.authentication.public)
