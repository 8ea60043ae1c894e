"""Modules from the core, in our own interpreter and in a Python host."""

from __future__ import annotations

import gc
import marshal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from cryptolib.abi.bundle import Bundle

SITE = "/opt/somewhere"
PACKAGE = "cps_bundled"


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    path = list(sys.path)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
    gc.unfreeze()
    assert sys.path == path
    assert gc.isenabled()


def code(source: str, file: str) -> CodeType:
    compiled: CodeType = compile(source, file, "exec")
    return compiled


def part(*entries: tuple[str, bool, CodeType | tuple[str, int]]) -> memoryview:
    return memoryview(marshal.dumps(entries))


def package(source: str = "") -> tuple[str, bool, CodeType]:
    return PACKAGE, True, code(source, f"{PACKAGE}/__init__.py")


def module(name: str, source: str) -> tuple[str, bool, CodeType]:
    return f"{PACKAGE}.{name}", False, code(source, f"{PACKAGE}/{name}.py")


def bundle(**parts: memoryview) -> Bundle:
    return Bundle(parts, (SITE,))


def test_a_module_is_what_an_import_from_its_file_would_give() -> None:
    bundle(START=part(package(), module("one", "value = 1"))).load("START")
    one = sys.modules[f"{PACKAGE}.one"]
    assert vars(sys.modules[PACKAGE])["one"] is one
    assert one.value == 1
    assert (one.__name__, one.__package__) == (f"{PACKAGE}.one", PACKAGE)
    assert one.__file__ == one.__spec__.origin == f"{SITE}/{PACKAGE}/one.py"
    assert list(sys.modules[PACKAGE].__path__) == [f"{SITE}/{PACKAGE}"]


def test_a_module_that_is_there_is_left_alone() -> None:
    bundle(START=part(package("mark = 1"))).load("START")
    bundle(START=part(package("mark = 2"), module("one", ""))).load("START")
    assert sys.modules[PACKAGE].mark == 1
    assert f"{PACKAGE}.one" in sys.modules


def test_a_part_brings_what_it_rests_on_once() -> None:
    count = f"import sys; sys.modules['{PACKAGE}'].times = getattr(sys.modules['{PACKAGE}'], 'times', 0) + 1"
    whole = bundle(
        CARD=part(package(), module("card", count)),
        MECHANISMS=part(module("mechanisms", count)),
        SESSION=part(module("session", count)),
    )
    whole.load("SESSION")
    whole.load("CARD")
    whole.load("SESSION")
    assert sys.modules[PACKAGE].times == 3


def test_a_part_that_failed_is_tried_again() -> None:
    """Without memory, say; what did succeed stays."""
    source = f"import sys\nif not hasattr(sys.modules['{PACKAGE}'], 'ready'): raise MemoryError"
    whole = bundle(START=part(package(), module("one", source)))
    with pytest.raises(MemoryError):
        whole.load("START")
    assert f"{PACKAGE}.one" not in sys.modules
    sys.modules[PACKAGE].__dict__["ready"] = True
    whole.load("START")
    assert f"{PACKAGE}.one" in sys.modules


def test_a_part_that_the_core_does_not_have_is_left_to_the_files() -> None:
    bundle().load("START")


def test_a_host_finds_its_extensions_itself() -> None:
    bundle(START=part(package(), (f"{PACKAGE}.fast", False, ("fast.so", 1)))).load("START")
    assert f"{PACKAGE}.fast" not in sys.modules


def test_an_extension_that_is_not_in_its_place_is_left_to_the_import_that_wants_it(tmp_path: Path) -> None:
    start = part(package(), (f"{PACKAGE}.fast", False, ("fast.so", 1)))
    Bundle({"START": start}, (SITE, str(tmp_path))).load("START")
    assert f"{PACKAGE}.fast" not in sys.modules
