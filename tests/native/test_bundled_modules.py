"""native/bundle.py puts every module that is imported until C_OpenSession into the core, once."""

from __future__ import annotations

import ast
import marshal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from cryptolib.abi import loading
from tests.native.hosts import ROOT

Entry = tuple[str, bool, "CodeType | tuple[str, int]"]


def bundled(directory: Path) -> dict[str, bytes]:
    """The arrays of the header by their names."""
    header = directory / "bundle.h"
    subprocess.run([sys.executable, ROOT / "native" / "bundle.py", ROOT, header], check=True)
    arrays = {}
    for text in header.read_text().split("static const unsigned char cps_bundle_")[1:]:
        name, _, rest = text.partition("[] = {\n")
        arrays[name] = bytes(ast.literal_eval(f"[{rest.partition('}')[0]}]"))
    return arrays


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return bundled(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def entries(arrays: dict[str, bytes]) -> list[Entry]:
    return [entry for part in ("entry", *map(str.lower, loading.PARTS)) for entry in marshal.loads(arrays[part])]


def codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def imported_by(code: CodeType) -> Iterator[str]:
    """The modules that a module imports when it is imported: `from package import module` is two of them."""
    source = ast.parse((ROOT / code.co_filename).read_text())
    for node in source.body:
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
            of_package = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in of_package if (ROOT / name.replace(".", "/")).with_suffix(".py").exists())


def test_every_part_is_there_with_all_that_it_lists(entries: list[Entry]) -> None:
    names = [name for name, _, _ in entries]
    assert {name for part in loading.PARTS.values() for name in part} <= set(names)
    assert len(names) == len(set(names))


def test_a_package_comes_before_what_is_in_it(entries: list[Entry]) -> None:
    names = [name for name, _, _ in entries]
    for position, name in enumerate(names):
        parent = name.rpartition(".")[0]
        assert not parent.startswith("cryptolib") or parent in names[:position], name


def test_a_driver_imports_nothing_that_another_part_than_its_own_or_the_card_s_has(arrays: dict[str, bytes]) -> None:
    there = {name for part in ("entry", "start", "card") for name, _, _ in marshal.loads(arrays[part])}
    for driver in loading.DRIVERS:
        own = {name: code for name, _, code in marshal.loads(arrays[driver.lower()])}
        imported = {name for code in own.values() for name in imported_by(code)}
        assert {name for name in imported if name.startswith("cryptolib")} <= there | set(own), driver


def test_a_traceback_names_the_lines_of_the_source(entries: list[Entry]) -> None:
    for name, _, code in entries:
        if isinstance(code, CodeType):
            source = (ROOT / code.co_filename).read_text()
            functions = {
                (node.name, node.lineno) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)
            }
            # A decorated function begins at its decorator.
            wanted = {line for _, line in functions}
            found = {inner.co_firstlineno for inner in codes(code) if inner.co_name in {name for name, _ in functions}}
            assert found <= wanted | {line - 1 for line in wanted}, name


def test_annotations_and_docstrings_stay_in_the_source(arrays: dict[str, bytes]) -> None:
    whole = b"".join(arrays.values())
    assert b"The provider lock guards the tables" not in whole
    assert b"__annotations__" not in whole


def test_constants_are_kept_that_something_names(entries: list[Entry]) -> None:
    codes_of = {name: code for name, _, code in entries if isinstance(code, CodeType)}
    names = set(codes_of["cryptolib.cryptoki.constants"].co_names)
    assert {"CKR_OK", "CKR_FUNCTION_REJECTED", "CKM_RSA_PKCS"} <= names
    assert "CKM_SEED_CBC" not in names


def test_the_same_source_gives_the_same_bytes(arrays: dict[str, bytes], tmp_path: Path) -> None:
    assert bundled(tmp_path) == arrays
