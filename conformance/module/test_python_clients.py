"""Python programs of the module's own interpreter version: python-pkcs11 releases the lock, PyKCS11 holds it.

Each program is a process of its own, in which the module finds an interpreter that already runs.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig
from conformance.testbed.signing_jobs import request, wrong_signatures

PROGRAMS = Path(__file__).parent / "programs"


@pytest.mark.parametrize("program", ["sign_with_python_pkcs11.py", "sign_with_pykcs11.py"])
def test_every_signature_alone_and_in_four_threads(rig: Rig, card: Card, program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", str(PROGRAMS / program)],
        cwd="/",
        env={**rig.env, "CPS_TEST_PIN": PIN.decode()},
        input=request(module_path(), card),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert wrong_signatures(card, done.stdout) == []
