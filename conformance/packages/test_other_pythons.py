"""Python programs of every minor version as hosts of the installed module: python-pkcs11 and PyKCS11, with threads.

One version other than the module's own is always there: that of the next Debian release, in a system of its own. Those
that this machine has join in when the clients can be installed for them; the test prints which did.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.packages.machine import MODULE, with_package
from conformance.packages.system import HERE, NEXT, ROOT, System, system
from conformance.testbed.cards import PIN, Card
from conformance.testbed.cryptoki import CKM
from conformance.testbed.mechanism_recipes import recipes_of
from conformance.testbed.rig import Rig

PROGRAMS = ROOT / "conformance" / "module" / "programs"
CLIENTS = {"sign_with_python_pkcs11.py": "python-pkcs11", "sign_with_pykcs11.py": "pykcs11"}
MESSAGE = b"Repos et grand air"


def jobs_for(module: str, card: Card) -> str:
    jobs = [
        {"label": keys.private, "mechanism": int(CKM.SHA256_RSA_PKCS), "data": MESSAGE.hex(), "pss": None}
        for keys in card.keys
    ] * 4
    return json.dumps({"module": module, "jobs": jobs})


def check(answer: str, card: Card) -> None:
    """Every signature of both lists is good."""
    (recipe,) = (recipe for recipe in recipes_of(card) if recipe.kind == CKM.SHA256_RSA_PKCS)
    signatures = json.loads(answer)
    for way in ("alone", "together"):
        assert len(signatures[way]) == 8
        for number, signature in enumerate(signatures[way]):
            assert recipe.holds(card.public_key(card.keys[number % 2]), MESSAGE, bytes.fromhex(signature))


@pytest.fixture(scope="module")
def next_debian(rig: Rig, deb: Path) -> Iterator[System]:
    with system(NEXT[HERE]) as fresh:
        fresh.share(rig.directory)
        fresh.install(deb)
        for program in CLIENTS:
            shutil.copy(PROGRAMS / program, fresh.root / "srv")
        yield fresh


@pytest.mark.parametrize("program", CLIENTS)
def test_the_python_of_the_next_debian(next_debian: System, reader: dict[str, str], card: Card, program: str) -> None:
    version = next_debian.run("python3", "-c", "import sys; print(sys.version_info[:2])")
    assert version != f"{sys.version_info[:2]}\n"
    check(next_debian.run("python3", f"/srv/{program}", env=reader, typed=jobs_for(MODULE, card)), card)


def interpreters() -> Iterator[Path]:
    """One of each minor version on this machine: on the PATH, or installed beside ours."""
    for version in (f"3.{minor}" for minor in range(10, 20)):
        beside = sorted(Path(sys.base_prefix).parent.glob(f"{version}.*/bin/python{version}"))
        on_the_path = shutil.which(f"python{version}")
        yield from [*beside, *([Path(on_the_path)] if on_the_path else [])][:1]


def pins() -> str:
    """The pinned releases, as constraints for pip."""
    lists = (ROOT / "requirements" / name for name in ("dev.txt", "runtime.txt"))
    found = {line.split()[0] for path in lists for line in path.read_text().splitlines() if "==" in line}
    return "\n".join(sorted(found))


def environment(python: Path, folder: Path) -> Path | None:
    """The interpreter of an environment with the clients of the pinned list; None where they cannot be had."""
    constraints = folder / "constraints.txt"
    constraints.write_text(pins())
    prepared = folder / "venv" / "bin" / "python"
    install = ["-m", "pip", "install", "--quiet", "--constraint", str(constraints), *CLIENTS.values()]
    for command in ([str(python), "-m", "venv", str(folder / "venv")], [str(prepared), *install]):
        if subprocess.run(command, capture_output=True).returncode:
            return None
    return prepared


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path | None]:
    return {python: environment(python, tmp_path_factory.mktemp(python.name)) for python in interpreters()}


def test_every_python_of_this_machine(
    prepared: dict[Path, Path | None], rig: Rig, card: Card, deb: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = {**rig.env, "CPS_TEST_PIN": PIN.decode()}
    for python, environment in prepared.items():
        for program in CLIENTS if environment else ():
            command = [str(environment), str(PROGRAMS / program)]
            done = with_package(command, env, shared=str(rig.directory), typed=jobs_for(MODULE, card))
            assert done.returncode == 0, done.stderr
            check(done.stdout, card)
        with capsys.disabled():
            print(f"\n{card.name} in {python}: {'both clients' if environment else 'no clients to be had'}")
