"""The generated files are what the header gives today, and the header is what C and cffi can read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cffi
import pytest

from cryptolib.cryptoki import constants
from cryptolib.cryptoki.functions import FUNCTIONS
from native import generate


def test_every_generated_file_is_current() -> None:
    assert generate.stale_files(generate.read_header()) == []


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "constants.py"
    assert not generate.current(path, "")
    path.write_text("CKR_OK = 1\n")
    assert not generate.current(path, "CKR_OK = 0\n")
    assert generate.current(path, "CKR_OK = 1\n")


@pytest.mark.parametrize("language", ["c", "c++"])
def test_the_header_needs_nothing_from_its_includer(language: str) -> None:
    subprocess.run(
        ["gcc", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", language, generate.HEADER], check=True
    )


def test_the_preprocessed_header_is_a_cdef_with_the_layout_of_the_standard() -> None:
    ffi = cffi.FFI()
    ffi.cdef(generate.preprocess())
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
    assert len(FUNCTIONS) == 98
    assert FUNCTIONS[:3] == ("C_Initialize", "C_Finalize", "C_GetSlotList")
    assert not generate.IN_C & set(FUNCTIONS)
