"""A process that already runs another minor version of Python: one clear line, CKR_GENERAL_ERROR, and life goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.native.hosts import Run, pythons

OURS = f"{sys.version_info[0]}.{sys.version_info[1]}"


def refusal(version: str) -> str:
    return f"libcryptolib_cps: the process already runs Python {version}, this module needs Python {OURS}: refused\n"


def test_in_the_other_interpreters_of_this_machine(python_host: Run) -> None:
    for python in pythons():
        if python.name.removeprefix("python") == OURS:
            continue
        done = python_host(
            f"""
import ctypes, platform
for load in (ctypes.CDLL, ctypes.PyDLL):
    p11 = load(path)
    assert p11.C_Initialize(None) == 5
    assert p11.C_GetSlotList(0, None, None) == 0x190
assert "libpython{OURS}" not in open("/proc/self/maps").read()
print(platform.python_version())
""",
            python=python,
        )
        assert done.stderr == 2 * refusal(done.stdout.strip())


def test_the_refusal_is_in_the_trace_too(c_host: Run, tmp_path: Path) -> None:
    source = tmp_path / "other.c"
    source.write_text('const char *Py_GetVersion(void) { return "3.99.1 (tags/none)"; }\n')
    library = tmp_path / "libpython3.99.so.1.0"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    traces = tmp_path / "traces"
    traces.mkdir()
    c_host(
        f"""
        EXPECT(1, dlopen("{library}", RTLD_NOW | RTLD_GLOBAL) != NULL);
        EXPECT(CKR_GENERAL_ERROR, p11->C_Initialize(NULL));
        """,
        env={"CPS3_PKCS11_TRACES": str(traces)},
    )
    (file,) = traces.glob("cps3p11_*.log")
    assert file.read_text().endswith(" : " + refusal("3.99.1").removeprefix("libcryptolib_cps: "))


@pytest.mark.parametrize("scope", ["RTLD_GLOBAL", "RTLD_LOCAL"])
def test_in_a_c_host_with_another_libpython(c_host: Run, scope: str, tmp_path: Path) -> None:
    source = tmp_path / "other.c"
    source.write_text('const char *Py_GetVersion(void) { return "3.99.1 (tags/none)"; }\n')
    library = tmp_path / "libpython3.99.so.1.0"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    done = c_host(
        f"""
        EXPECT(1, dlopen("{library}", RTLD_NOW | {scope}) != NULL);
        EXPECT(CKR_GENERAL_ERROR, p11->C_Initialize(NULL));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
        IN_CHILD({{ EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots()); }});
        """
    )
    assert done.stderr == refusal("3.99.1")
