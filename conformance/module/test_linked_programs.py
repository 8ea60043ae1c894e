"""A program that was linked to the original starts with what `make install` installs, and signs.

The loader looks for the library by the original's SONAME, and compares the version of its symbols.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.testbed.cards import PIN, Card
from conformance.testbed.rig import Rig

ROOT = Path(__file__).parents[2]
HEADERS = ROOT / "native" / "pkcs11"
PROGRAM = Path(__file__).with_name("programs") / "linked.c"
SONAME = "libcps3_pkcs11_lux.so.0"
SYMBOL_VERSION = "libcps3_pkcs11_lux.so"
MESSAGE = b"linked"
INSTALLING_SECONDS = 300
SECONDS = 60


def run(*command: str | Path, seconds: int = SECONDS) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module is installed."""
    place = tmp_path_factory.mktemp("prefix")
    run("scripts/install", place, seconds=INSTALLING_SECONDS)
    return place


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Linked to a library with the names of the original, and nothing behind them."""
    folder = tmp_path_factory.mktemp("linked")
    source, versions, library, program = (folder / name for name in ("empty.c", "versions", SONAME, "linked"))
    functions = sorted(set(re.findall(r"\bC_\w+", PROGRAM.read_text())))
    source.write_text("".join(f"unsigned long {name}(void) {{ return 5; }}\n" for name in functions))
    versions.write_text(f"{SYMBOL_VERSION} {{ global: C_*; local: *; }};\n")
    compiler = os.environ.get("CC", "cc")
    run(compiler, "-shared", "-fPIC", f"-Wl,-soname,{SONAME},--version-script,{versions}", "-o", library, source)
    run(compiler, "-std=gnu11", "-Wall", "-Wextra", f"-I{HEADERS}", "-o", program, PROGRAM, library)
    assert re.search(
        rf"File: {re.escape(SONAME)} .*\n.*Name: {re.escape(SYMBOL_VERSION)} ", run("readelf", "-V", program)
    )
    return program


def test_it_starts_lists_the_token_and_signs(program: Path, prefix: Path, rig: Rig, card: Card) -> None:
    # LD_BIND_NOW: each function is looked for at the start.
    env = {**rig.env, "LD_LIBRARY_PATH": str(prefix / "lib"), "LD_BIND_NOW": "1"}
    command = [str(program), PIN.decode(), card.signature.private]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.stderr == "", "what the loader has to say, it says here"
    assert done.returncode == 0, done.stdout
    label, signature = done.stdout.splitlines()
    assert label.startswith(card.generation)
    card.public_key(card.signature).verify(bytes.fromhex(signature), MESSAGE, PKCS1v15(), SHA256())


def test_the_loader_s_cache_lists_the_name(prefix: Path, tmp_path: Path) -> None:
    """In a folder that the loader knows from its cache alone, such as /usr/local/lib."""
    settings, cache = tmp_path / "settings", tmp_path / "cache"
    settings.write_text(f"{prefix / 'lib'}\n")
    run("/sbin/ldconfig", "-X", "-f", settings, "-C", cache)
    assert f"=> {prefix / 'lib' / SONAME}\n" in run("/sbin/ldconfig", "-p", "-C", cache)


def test_nothing_is_left_when_it_is_uninstalled(prefix: Path, tmp_path: Path) -> None:
    copy = tmp_path / "prefix"
    shutil.copytree(prefix, copy, symlinks=True)
    run("scripts/uninstall", copy)
    assert not [path for path in copy.rglob("*") if path.is_symlink() or not path.is_dir()]
