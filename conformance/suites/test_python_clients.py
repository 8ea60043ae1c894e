"""Python programs of the module's own interpreter version: python-pkcs11 releases the lock, PyKCS11 holds it.

Each program is a process of its own, in which the module finds an interpreter that already runs.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.client import module_path
from conformance.rig import Rig
from conformance.suites.cards import PIN, Card
from conformance.suites.recipes import recipes_of

PROGRAMS = Path(__file__).parent / "programs"
MESSAGE = b"Un patient, une ordonnance, une signature."


def run(program: str, rig: Rig, told: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", str(PROGRAMS / program)],
        cwd="/",
        env={**rig.env, "CPS_TEST_PIN": PIN.decode()},
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("program", ["sign_with_python_pkcs11.py", "sign_with_pykcs11.py"])
def test_every_signature_alone_and_in_four_threads(rig: Rig, card: Card, program: str) -> None:
    work = [(recipe, names) for recipe in recipes_of(card) for names in recipe.keys(card)]
    jobs = [
        {
            "label": names.private,
            "mechanism": int(recipe.kind),
            "data": recipe.data(MESSAGE).hex(),
            "pss": [recipe.words.mechanism, recipe.words.mgf, recipe.words.algorithm.digest_size]
            if recipe.pss
            else None,
        }
        for recipe, names in work
    ]
    done = run(program, rig, {"module": module_path(), "jobs": jobs})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    made = json.loads(done.stdout)
    for way in ("alone", "together"):
        assert len(made[way]) == len(work)
        for (recipe, names), signature in zip(work, made[way], strict=True):
            key = card.public_key(names)
            assert recipe.holds(key, MESSAGE, bytes.fromhex(signature)), f"{recipe.kind.name} {names.private} {way}"
