"""The rules of the repository that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]  # fmt: skip
PYTHON = [path for path in TRACKED if path.suffix == ".py"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_packages_are_only_names() -> None:
    """Importing a package does nothing: every __init__.py is empty."""
    assert [named(path) for path in PYTHON if path.name == "__init__.py" and path.read_bytes()] == []


def test_c_files_and_scripts_say_what_they_are() -> None:
    """Ruff's D100 checks Python; this checks the other languages."""
    silent = []
    for path in TRACKED:
        text = path.read_text(errors="replace")
        if path.suffix in {".c", ".h"} and not text.startswith(("/*", "//")):
            silent.append(named(path))
        if text.startswith("#!") and not text.splitlines()[1].startswith(("# ", '"""')):
            silent.append(named(path))
    assert silent == []


def test_identifiers_are_ascii() -> None:
    """French words yes, accents no: identifiers can be typed on any keyboard and searched with any tool."""
    names = {
        (named(path), name)
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (getattr(node, "name", None), getattr(node, "id", None), getattr(node, "arg", None))
        if isinstance(name, str)
    }
    assert [(path, name) for path, name in names if not name.isascii()] == []


def test_compiled_modules_are_imported_by_one_package_each() -> None:
    """R3, for the modules that import-linter cannot see: C is behind `abi`, libpcsclite behind `pcsc`.

    The diagnosis of the command asks whether PC/SC is there at all, and so goes past `pcsc`.
    """
    owners = {"_cps_core": ("abi",), "_pcsclite": ("pcsc",), "_partial_hash": ("cards",)}
    others = [
        (named(path), compiled)
        for path in PYTHON
        for compiled, known in owners.items()
        if path.is_relative_to(ROOT / "cryptolib")
        and not any(path.is_relative_to(ROOT / "cryptolib" / owner) for owner in known)
        and re.search(rf"import.*\b{compiled}\b|from cryptolib\.{compiled}\b", path.read_text())
    ]
    assert others == []


def test_nothing_depends_on_one_machine() -> None:
    """No path of somebody's machine, no address of a package index."""
    foreign = re.compile(rb"/(?:home|root|work|Users)/\w|--(?:extra-)?index-url|\bpypi\.org|\bpythonhosted\b")
    assert [
        (named(path), found.group().decode())
        for path in TRACKED
        if path != Path(__file__) and (found := foreign.search(path.read_bytes()))
    ] == []


def test_the_licence_is_there() -> None:
    assert "Apache License\n" in (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("name", ["build", "runtime", "package", "wheel", "dev", "clients", "docs"])
def test_python_packages_are_pinned_with_hashes(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", "").splitlines()
    packages = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert packages
    assert [line for line in packages if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_each_make_target_is_one_line() -> None:
    """A reader sees at once what a target does; whatever needs more has a script."""
    targets = re.findall(r"^([\w-]+):(?!=).*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(targets) >= 10
    assert [name for name, recipe in targets if recipe.count("\n") != 1] == []


def test_the_makefile_explains_itself() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    shown = re.findall(r"^  make ([\w-]+) ", listed, re.MULTILINE)
    assert len(shown) >= 10
    assert [target for target in shown if target != "help" and f"| `make {target}` |" not in contributing] == []


def test_continuous_integration_says_what_it_leaves_out() -> None:
    """Each target that checks something is run there, or named with the reason why not."""
    makes_something = {"build", "clean", "help", "install", "package", "uninstall", "wheel"}
    targets = set(re.findall(r"^([\w-]+):[^#=\n]*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([\w-]+)", (ROOT / ".ci" / "run").read_text()))
    assert targets - makes_something - named == set()
    assert named <= targets


def test_the_tests_that_security_claims_rest_on_are_there() -> None:
    claims = (ROOT / "SECURITY.md").read_text()
    rests_on = set(re.findall(r"`((?:tests|conformance)/[\w/]+\.py)`", claims))
    assert len(rests_on) > 20
    assert [name for name in sorted(rests_on) if not (ROOT / name).is_file()] == []
