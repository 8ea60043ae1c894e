"""Imports inside functions find a loaded module, so that none reads a file or takes a lock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptolib.abi import loading
from cryptolib.abi.bundle import BEFORE

PACKAGE = Path(__file__).parents[2] / "cryptolib"
# The command, which is a program of its own.
NOT_THE_MODULE = ("cli", "metier")
# Part of the interpreter: nothing is read for them.
BUILT_IN = {"_frozen_importlib", "_frozen_importlib_external"}
# Run while their own file is imported, where Python has no hash functions.
WITH_THEIR_FILE = {("mechanisms/hashes.py", "cryptography.hazmat.primitives")}


def imported_in_functions() -> Iterator[tuple[str, str]]:
    """File and name of each import that runs when its function does."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] in NOT_THE_MODULE:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom):
                        yield str(name), str(node.module)
                    elif isinstance(node, ast.Import):
                        yield from ((str(name), alias.name) for alias in node.names)


@pytest.mark.parametrize(("file", "name"), sorted(set(imported_in_functions())))
def test_what_a_function_imports_is_there(file: str, name: str) -> None:
    known = {*loading.START, *loading.SESSION}
    if (file, name) in WITH_THEIR_FILE:
        return
    # `from cryptolib.abi import tracing` imports the package of something that is listed.
    assert name in BUILT_IN or any(f"{listed}.".startswith(f"{name}.") for listed in known), f"{file}: {name}"


def test_what_the_token_needs_is_part_of_what_a_session_needs() -> None:
    assert set(loading.CARD) < set(loading.MECHANISMS) < set(loading.SESSION)


def test_a_session_needs_all_drivers_for_another_card_may_come() -> None:
    assert {module for driver in loading.DRIVERS.values() for module in driver} < set(loading.SESSION)
    assert set(loading.DRIVERS) < set(BEFORE["SESSION"])
    assert all(BEFORE[driver] == ("CARD",) for driver in loading.DRIVERS)
