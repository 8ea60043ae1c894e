"""Hosts for the module: C programs written in the test itself, and Python interpreters of several versions."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import _cffi_backend
import pytest

from tests.native.hosts import BARE_PYTHON, HEADERS, HERE, ROOT, Run, make_bundle, make_site, run


@pytest.fixture(scope="session")
def installed_module() -> Path:
    """The module as it was built into this environment, with the real Python side, or the one that is named."""
    chosen = os.environ.get("CRYPTOLIB_CPS_MODULE")
    if chosen:
        return Path(chosen)
    return Path(run([sys.executable, "-I", "-m", "cryptolib", "--module-path"]).stdout.strip())


@pytest.fixture(scope="session")
def bundle(installed_module: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree that the packages install."""
    tree = tmp_path_factory.mktemp("bundle") / "tree"
    env = os.environ | {"PYTHONPATH": "packaging"}
    subprocess.run([sys.executable, "-m", "cps_packages.bundle", tree], cwd=ROOT, env=env, check=True)
    return tree


@pytest.fixture(scope="session")
def module(request: pytest.FixtureRequest, installed_module: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two shared objects with a stand-in for the Python side; those of the bundle if a test asks."""
    directory = tmp_path_factory.mktemp("stand_in")
    if getattr(request, "param", "installed") == "bundled":
        tree = make_bundle(request.getfixturevalue("bundle"), directory)
        return next(tree.glob("lib/*/site-packages/cryptolib/libcryptolib_cps.so"))
    return make_site(installed_module, Path(_cffi_backend.__file__), directory)


@pytest.fixture(scope="session")
def compile_host(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Compile C statements as the body of a main() that has loaded argv[1], after other declarations."""
    directory = tmp_path_factory.mktemp("hosts")
    numbers = iter(range(1000))

    def build(body: str, before: str = "") -> Path:
        source = directory / f"host{next(numbers)}.c"
        source.write_text(
            f'#include "host.h"\n{before}\n'
            "int main(int argc, char **argv)\n{\n    (void)argc;\n    load(argv[1]);\n#line 1\n"
            f"{body}\n    return 0;\n}}\n"
        )
        program = source.with_suffix("")
        run(["gcc", "-std=gnu11", "-Wall", "-Wextra", f"-I{HERE}", f"-I{HEADERS}", "-rdynamic", "-pthread",
             "-o", program, source])  # fmt: skip
        return program

    return build


@pytest.fixture
def c_host(compile_host: Callable[[str, str], Path], module: Path) -> Run:
    """Run C statements in a host of their own."""

    def host(
        body: str,
        before: str = "",
        module: Path = module,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return run([compile_host(body, before), module], env, cwd)

    return host


@pytest.fixture
def python_host(module: Path) -> Run:
    """Run Python statements, with `path` naming the module, in a Python host of their own."""

    def host(
        code: str,
        python: str | Path = BARE_PYTHON,
        module: Path = module,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return run([python, "-B", "-c", f"path = {str(module)!r}\n{code}"], env, cwd)

    return host
