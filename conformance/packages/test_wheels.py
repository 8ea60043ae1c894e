"""The wheels of dist/, installed by pip in clean virtual environments: with each Python, and in small Debians.

These have neither a compiler nor a network, and Debian's Python comes without a libpython: a program that is Python
itself needs none, any other program does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.packages.system import LIBPYTHON, ROOT, System, system
from conformance.packages.test_other_pythons import MESSAGE, PROGRAMS, check, interpreters, jobs_for, pins
from conformance.testbed.cards import PIN, Card
from conformance.testbed.documented_commands import blocks
from conformance.testbed.rig import Rig

pytestmark = pytest.mark.cards("cps4")

MINORS = ("3.11", "3.12", "3.13")
# By release: the Python of the wheels is the one that Debian has.
DEBIAN = {"bookworm": "3.11", "trixie": "3.13"}
WHEELS = "/srv/wheels"
PROGRAM = "sign_with_python_pkcs11.py"
# Told by the module where it starts no Python: which package brings what it lacks.
ADVICE = "apt install "


class Environments:
    """A clean virtual environment for each minor version, with what pip installed from a folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def of(self, minor: str) -> Path:
        if minor not in self._made:
            self._made[minor] = self._make(minor)
        return self._made[minor]

    def _make(self, minor: str) -> Path:
        (python,) = (found for found in interpreters() if found.name == f"python{minor}")
        place = self._folder / minor
        run(python, "-m", "venv", place)
        constraints = place / "constraints.txt"
        constraints.write_text(pins())
        ours = sorted((ROOT / "dist").glob(f"*-cp{minor.replace('.', '')}-*manylinux*.whl"))
        assert {wheel.name.split("-")[0] for wheel in ours} == {"cryptolib_cps", "pyscard"}
        pip = (place / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
        wheels = place / "wheels"
        run(*pip, "download", "--only-binary", ":all:", "--constraint", constraints, "--dest", wheels, *ours)
        run(*pip, "install", "--no-index", "--find-links", wheels, "cryptolib-cps")
        return place


def run(*command: str | Path, env: Mapping[str, str] | None = None, typed: str = "") -> str:
    done = subprocess.run(
        command, env=os.environ | (env or {}), input=typed, capture_output=True, text=True, cwd="/", timeout=300
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def pkcs11_tool(module: str, card: Card, folder: str) -> list[str]:
    """A C program that signs a message in the folder."""
    return [
        "pkcs11-tool", "--module", module, "--login", "--pin", "env:CPS_TEST_PIN", "--sign", "-m", "SHA256-RSA-PKCS",
        "--label", card.signature.private, "-i", f"{folder}/message", "-o", f"{folder}/signature",
    ]  # fmt: skip


def verify(card: Card, signature: Path) -> None:
    card.public_key(card.signature).verify(signature.read_bytes(), MESSAGE, PKCS1v15(), SHA256())


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    return Environments(tmp_path_factory.mktemp("environments"))


@pytest.fixture
def reader(rig: Rig) -> dict[str, str]:
    return {"PCSCLITE_CSOCK_NAME": rig.env["PCSCLITE_CSOCK_NAME"], "CPS_TEST_PIN": PIN.decode(), "CPS3_CACHE": "0"}


@pytest.mark.parametrize("minor", MINORS)
def test_module_command_and_decoder_work_in_a_clean_environment(
    environments: Environments, reader: dict[str, str], card: Card, tmp_path: Path, minor: str
) -> None:
    programs = environments.of(minor) / "bin"
    module = run(programs / "python", "-m", "cryptolib", "--module-path").strip()
    assert module.startswith(str(environments.of(minor).resolve()))

    check(run(programs / "python", PROGRAMS / PROGRAM, env=reader, typed=jobs_for(module, card)), card)

    (tmp_path / "message").write_bytes(MESSAGE)
    run(*pkcs11_tool(module, card, str(tmp_path)), env=reader)
    verify(card, tmp_path / "signature")

    assert run(programs / "cps", "--version").split()[-1] == version(module)
    assert card.generation in json.dumps(json.loads(run(programs / "cps", "--json", "status", env=reader)))

    (example,), (printed,) = (blocks("Example", language, "docs/metier.md") for language in ("python", "text"))
    assert run(programs / "python", "-c", example) == printed


def version(module: str) -> str:
    """The version of the installed package, from its name."""
    (metadata,) = Path(module).parents[1].glob("cryptolib_cps-*.dist-info")
    return metadata.name.removesuffix(".dist-info").split("-")[1]


@pytest.mark.parametrize("release", DEBIAN)
def test_in_a_debian_with_no_compiler_and_with_or_without_a_libpython(
    environments: Environments, rig: Rig, reader: dict[str, str], card: Card, release: str
) -> None:
    with system(release) as fresh:
        fresh.share(rig.directory)
        module = install(fresh, environments.of(DEBIAN[release]) / "wheels")

        fresh.run(*pkcs11_tool(module, card, "/srv"), env=reader)
        verify(card, fresh.root / "srv/signature")

        fresh.run("dpkg", "--remove", LIBPYTHON[release])
        said = fresh.run("sh", "-c", f"pkcs11-tool --module {module} --list-slots || true", env=reader)
        assert ADVICE + LIBPYTHON[release] in said
        answer = fresh.run("/srv/venv/bin/python", f"/srv/{PROGRAM}", env=reader, typed=jobs_for(module, card))
        check(answer.splitlines()[-1], card)
        assert card.generation in fresh.run("/srv/venv/bin/cps", "--json", "status", env=reader)


def install(debian: System, wheels: Path) -> str:
    """Install with pip in an environment of Debian's Python; returns the path of the module."""
    shutil.copytree(wheels, debian.root / WHEELS.lstrip("/"))
    shutil.copy(PROGRAMS / PROGRAM, debian.root / "srv")
    (debian.root / "srv/message").write_bytes(MESSAGE)
    debian.run("sh", "-c", "! command -v cc gcc swig")
    debian.run("python3", "-m", "venv", "/srv/venv")
    debian.run("/srv/venv/bin/pip", "install", "--no-index", "--find-links", WHEELS, "cryptolib-cps")
    return debian.run("/srv/venv/bin/python", "-m", "cryptolib", "--module-path").strip()
