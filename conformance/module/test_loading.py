"""What a running application depends on: once its first session is open, on no file and no import any more.

A package upgraded or removed under a running browser, a chroot and a sandbox change nothing for it.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

PROGRAM = Path(__file__).with_name("programs") / "application.c"
HEADERS = Path(__file__).parents[2] / "native" / "pkcs11"
# What an installation consists of beside Python's own library.
PACKAGES = ("_cffi_backend*.so", "cryptography", "cryptolib", "smartcard")
SECONDS = 100


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("application") / "application"
    compiler = os.environ.get("CC", "cc")
    options = ["-std=gnu11", "-O1", "-Wall", "-Wextra", f"-I{HEADERS}", "-pthread"]
    subprocess.run([compiler, *options, "-o", str(built), str(PROGRAM)], check=True)
    return built


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Path]:
    """A copy of the installed module that a test may take away."""
    site = tmp_path / "lib" / "site-packages"
    site.mkdir(parents=True)
    for pattern in PACKAGES:
        (found,) = Path(module_path()).parents[1].glob(pattern)
        if found.is_dir():
            shutil.copytree(found, site / found.name)
        else:
            shutil.copy2(found, site)
    yield tmp_path / "lib"
    shutil.rmtree(tmp_path / "lib", ignore_errors=True)


def run(program: Path, rig: Rig, *options: str, traces: Path | None = None) -> list[str]:
    """The output of a whole run: the answer of each call."""
    variables = {"CPS3_PKCS11_TRACES": str(traces), "CPS3_DEBUG": "10"} if traces else {}
    command = [str(program), module_path(), PIN.decode(), *options]
    done = subprocess.run(
        command, env={**rig.env, **variables}, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout.splitlines()


def test_nothing_is_imported_after_the_first_session(program: Path, rig: Rig, card: Card, tmp_path: Path) -> None:
    *calls, came = run(program, rig, "modules")
    assert came == "came"
    assert any(call.startswith("C_Sign ") and call.endswith(" 0") for call in calls)
    *_, came = run(program, rig, "modules", traces=tmp_path)
    assert came == "came"
    assert any(tmp_path.iterdir())


def test_it_works_on_in_another_root(program: Path, rig: Rig, card: Card, tmp_path: Path) -> None:
    here = run(program, rig)
    rig.reissue()
    assert run(program, rig, f"chroot={tmp_path}") == here


def test_it_works_on_when_its_files_are_gone(program: Path, rig: Rig, card: Card, installation: Path) -> None:
    here = run(program, rig)
    rig.reissue()
    module = installation / "site-packages" / "cryptolib" / "libcryptolib_cps.so"
    with subprocess.Popen(
        [str(program), str(module), PIN.decode(), "pause"],
        env=rig.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        try:
            before = list(iter(running.stdout.readline, "paused\n"))
            assert before[-1].startswith("C_FindObjectsFinal ")
            installation.rename(installation.with_name("gone"))
            after, _ = running.communicate("\n", timeout=SECONDS)
        finally:
            running.kill()
    assert [line.strip() for line in before] + after.splitlines() == here


@pytest.mark.timing
@pytest.mark.parametrize("kibibytes", [64, 48])
def test_it_works_in_a_thread_with_a_small_stack(program: Path, rig: Rig, card: Card, kibibytes: int) -> None:
    here = run(program, rig)
    rig.reissue()
    assert run(program, rig, f"stack={kibibytes}") == here
