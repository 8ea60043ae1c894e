"""Every exception becomes a CK_RV, and success is never a default."""

from __future__ import annotations

import pytest

from cryptolib.abi import core, entry
from cryptolib.abi.call import cryptoki_call
from cryptolib.cryptoki.constants import (
    CKR_FUNCTION_CANCELED,
    CKR_FUNCTION_NOT_SUPPORTED,
    CKR_GENERAL_ERROR,
    CKR_HOST_MEMORY,
    CKR_OK,
    CKR_PIN_INCORRECT,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.cryptoki.functions import FUNCTIONS
from tests.abi.host import lib


@pytest.fixture(autouse=True)
def connected_to_the_hosts_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another test of this process may have loaded the module with its own core."""
    monkeypatch.setattr(core, "lib", lib)


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (None, CKR_OK),
        (CryptokiError(CKR_PIN_INCORRECT), CKR_PIN_INCORRECT),
        (MemoryError(), CKR_HOST_MEMORY),
        (ValueError("what nobody foresaw"), CKR_GENERAL_ERROR),
        (RecursionError(), CKR_GENERAL_ERROR),
        (SystemExit(0), CKR_GENERAL_ERROR),
        (GeneratorExit(), CKR_GENERAL_ERROR),
    ],
)
def test_each_exception_has_its_ck_rv(raised: BaseException | None, code: int) -> None:
    @cryptoki_call
    def function() -> None:
        if raised is not None:
            raise raised

    assert function() == code


def test_ctrl_c_is_handed_back_to_the_host() -> None:
    @cryptoki_call
    def function() -> None:
        raise KeyboardInterrupt

    lib.cps_interrupted = 0
    assert function() == CKR_FUNCTION_CANCELED
    assert lib.cps_interrupted == 1


def test_each_function_of_a_chapter_is_one_of_the_list_and_is_there() -> None:
    for chapter, names in entry.CHAPTERS.items():
        module = __import__(f"cryptolib.abi.{chapter}", fromlist=names)
        for name in names:
            assert name in FUNCTIONS
            assert callable(getattr(module, name))
    assert len({name for names in entry.CHAPTERS.values() for name in names}) == sum(map(len, entry.CHAPTERS.values()))


def test_what_stands_in_no_chapter_is_not_supported() -> None:
    assert (
        entry._resolve("C_GenerateKeyPair", None)(1, 2, 3)
        == CKR_FUNCTION_NOT_SUPPORTED
        == entry.CKR_FUNCTION_NOT_SUPPORTED
    )


@pytest.mark.parametrize("kind", [ValueError, MemoryError, SystemExit])
def test_what_escapes_even_that_leaves_the_preset_error(kind: type[BaseException]) -> None:
    lib.cps_interrupted = 0
    entry._unhandled(kind, kind(), None)
    assert lib.cps_interrupted == 0
    entry._unhandled(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert lib.cps_interrupted == 1
