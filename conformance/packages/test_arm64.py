"""The package for 64-bit ARM: built, installed, used and removed in a Debian on an emulated processor (scripts/arm64).

The pcscd that it talks to is the rig's, on this machine: the two speak the same protocol.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.testbed.cards import PIN, Card
from conformance.testbed.rig import Rig

pytestmark = pytest.mark.cards("cps4")

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = ROOT / "build" / "systems" / "arm64"
MODULE = "/usr/lib/aarch64-linux-gnu/libcryptolib_cps.so"
MESSAGE = b"Repos et grand air"
# Making the system, then compiling, compressing and starting many programs, ten times slower than this machine.
HOURS = 2 * 3600

BUILD = """
scripts/environment /usr/bin/python3 build runtime package
scripts/build
rm -rf dist
PYTHONPATH=packaging .venv/bin/python -m cps_packages
"""


def arm64(rig: Rig, *command: str, env: Mapping[str, str] | None = None) -> str:
    """The output of a command in the system."""
    done = subprocess.run(
        [ROOT / "scripts" / "arm64", "--share", str(rig.directory), *command],
        env=os.environ | (env or {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stdout[-3000:]}"
    return done.stdout


@pytest.mark.timeout(HOURS)
def test_the_package_is_built_installed_used_and_removed(rig: Rig, card: Card) -> None:
    commit = ["git", "log", "-1", "--format=%ct"]
    date = subprocess.run(commit, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    arm64(rig, "sh", "-euc", BUILD, env={"SOURCE_DATE_EPOCH": date})
    # dpkg does not know what lies there: the system was unpacked without it.
    arm64(rig, "sh", "-euc", "dpkg --install --force-depends dist/cryptolib-cps_*_arm64.deb")
    try:
        use(rig, card)
    finally:
        arm64(rig, "dpkg", "--purge", "cryptolib-cps")
    assert list(SYSTEM.glob("usr/lib/*/lib*cps*")) == []


def use(rig: Rig, card: Card) -> None:
    """A C program and the command, with the card."""
    reader = {"PCSCLITE_CSOCK_NAME": rig.env["PCSCLITE_CSOCK_NAME"], "CPS_TEST_PIN": PIN.decode(), "CPS3_CACHE": "0"}
    tool = ("pkcs11-tool", "--module", MODULE)
    assert arm64(rig, "uname", "-m") == "aarch64\n"
    assert card.label in arm64(rig, *tool, "--list-slots", env=reader)

    message, signature = rig.directory / "message", rig.directory / "signature"
    message.write_bytes(MESSAGE)
    arm64(
        rig, *tool, "--login", "--pin", "env:CPS_TEST_PIN", "--sign", "-m", "SHA256-RSA-PKCS",
        "--label", card.signature.private, "-i", str(message), "-o", str(signature), env=reader,
    )  # fmt: skip
    card.public_key(card.signature).verify(signature.read_bytes(), MESSAGE, PKCS1v15(), SHA256())

    assert arm64(rig, "cps", "--version").split()[0] == "cps"
    assert card.generation in json.dumps(json.loads(arm64(rig, "cps", "--json", "status", env=reader)))
