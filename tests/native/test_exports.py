"""The shared object as the loader sees it: C_* and nothing else, libc and nothing else, never unloaded."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.native.hosts import ROOT

# What programs that were linked to the original ask for.
SYMBOL_VERSION = "libcps3_pkcs11_lux.so"


def ask(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_function_of_the_header_is_exported_and_nothing_else(installed_module: Path) -> None:
    names = {line.split()[-1] for line in ask("nm", "-D", "--defined-only", installed_module).splitlines()}
    # The version itself is listed as a symbol.
    symbols = {name.removesuffix(f"@@{SYMBOL_VERSION}") for name in names} - {SYMBOL_VERSION}
    assert symbols == set(re.findall(r"CK_FUNCTION\((C_\w+)", (ROOT / "native/pkcs11/pkcs11.h").read_text()))
    assert len(symbols) == 104
    assert {f"{name}@@{SYMBOL_VERSION}" for name in symbols} < names


def test_it_needs_libc_only(installed_module: Path) -> None:
    dynamic = ask("readelf", "-d", installed_module)
    assert re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic) == ["libc.so.6"]
    assert "RPATH" not in dynamic
    assert "RUNPATH" not in dynamic


def test_it_stays_once_loaded(installed_module: Path) -> None:
    assert re.search(r"FLAGS_1.*NODELETE", ask("readelf", "-d", installed_module))


def test_it_names_no_symbol_of_python(installed_module: Path) -> None:
    assert not re.search(r"\b_?Py[A-Z_]", ask("nm", "-D", "--undefined-only", installed_module))


def test_the_core_shows_the_shim_one_table(installed_module: Path) -> None:
    (core,) = installed_module.parent.glob("_cps_core.*.so")
    symbols = {line.split()[-1] for line in ask("nm", "-D", "--defined-only", core).splitlines()}
    assert symbols == {"PyInit__cps_core", "cps_core"}
    assert "pcsclite" not in ask("readelf", "-d", core)
