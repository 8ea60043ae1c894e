"""The generated files are what the header gives today, and the header is what C and cffi can read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import cffi
import pytest

from cryptolib.cryptoki import constants
from cryptolib.cryptoki.functions import FUNCTIONS
from tests.native.hosts import HEADERS, ROOT

HEADER = HEADERS / "pkcs11.h"


def check(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, root / "native" / "generate.py", "--check"], capture_output=True, text=True)


def test_every_generated_file_is_current() -> None:
    done = check(ROOT)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_file_that_is_not_current_is_named(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "native", tmp_path / "native")
    shutil.copytree(ROOT / "cryptolib" / "cryptoki", tmp_path / "cryptolib" / "cryptoki")
    with (tmp_path / "cryptolib" / "cryptoki" / "constants.py").open("a") as constants_module:
        constants_module.write("CKR_EVERYTHING_IS_FINE = 0\n")
    done = check(tmp_path)
    assert (done.returncode, done.stdout) == (1, "not current: cryptolib/cryptoki/constants.py\n")


@pytest.mark.parametrize("language", ["c", "c++"])
def test_the_header_needs_nothing_from_its_includer(language: str) -> None:
    subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", language, HEADER], check=True)


def test_the_preprocessed_header_is_a_cdef_with_the_layout_of_the_standard() -> None:
    ffi = cffi.FFI()
    ffi.cdef(subprocess.run(["gcc", "-E", "-P", HEADER], check=True, capture_output=True, text=True).stdout)
    pointer = ffi.sizeof("void *")
    assert ffi.sizeof("CK_FUNCTION_LIST") == (1 + 68) * pointer
    assert ffi.sizeof("CK_FUNCTION_LIST_3_0") == (1 + 92) * pointer
    assert ffi.sizeof("CK_FUNCTION_LIST_3_2") == (1 + 104) * pointer
    assert ffi.offsetof("CK_FUNCTION_LIST", "C_Initialize") == pointer
    assert ffi.offsetof("CK_FUNCTION_LIST", "C_WaitForSlotEvent") == 68 * pointer
    assert ffi.sizeof("CK_TOKEN_INFO") == 208
    assert ffi.sizeof("CK_INFO") == 88


def test_numbers_that_everybody_knows() -> None:
    assert constants.CKR_CRYPTOKI_ALREADY_INITIALIZED == 0x191
    assert constants.CKM_RSA_PKCS_PSS == 0x0D
    assert constants.CKA_MODULUS == 0x120
    assert constants.CKA_ALLOWED_MECHANISMS == 0x40000600
    assert constants.CK_UNAVAILABLE_INFORMATION == 2**64 - 1


def test_what_c_answers_by_itself_never_reaches_python() -> None:
    assert len(FUNCTIONS) == 102
    assert FUNCTIONS[98:] == ("C_StartUpdate", "C_EndUpdate", "C_TransmitMessage", "C_KeepAlive")
    assert FUNCTIONS[:3] == ("C_Initialize", "C_Finalize", "C_GetSlotList")
    assert not {"C_GetInfo", "C_GetFunctionList", "C_GetInterface"} & set(FUNCTIONS)
