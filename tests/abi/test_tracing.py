"""The trace of a failed call."""

from __future__ import annotations

import pytest

from cryptolib import trace
from cryptolib.cryptoki.constants import CKM_RSA_PKCS, CKM_SHA256, CKR_ARGUMENTS_BAD
from tests.abi.host import Host, ffi, mechanism

AUTHENTICATION_KEY = 4


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(trace, "debug", trace.ERRORS)
    monkeypatch.setattr(trace, "write", lambda _kind, text: lines.append(text))
    return lines


def null() -> object:
    """NULL as C passes it: each argument is an object of its own."""
    return ffi.cast("unsigned char *", 0)


def test_a_null_pointer_has_the_name_of_its_argument(host: Host, traced: list[str]) -> None:
    host.ok("C_DecryptInit", host.session, mechanism(CKM_RSA_PKCS), AUTHENTICATION_KEY)
    length = ffi.new("unsigned long *")
    assert host.call("C_Decrypt", host.session, null(), 256, null(), length) == CKR_ARGUMENTS_BAD
    assert host.call("C_DecryptUpdate", host.session, null(), 256, null(), null()) == CKR_ARGUMENTS_BAD
    assert traced == [
        "C_Decrypt: CKR_ARGUMENTS_BAD <- pEncryptedData is NULL",
        "C_DecryptUpdate: CKR_ARGUMENTS_BAD <- pulPartLen is NULL",
    ]


def test_a_null_pointer_inside_a_structure_has_no_name(host: Host, traced: list[str]) -> None:
    wrong = ffi.new("CK_ATTRIBUTE[1]", [{"type": 0, "ulValueLen": 8}])
    assert host.call("C_FindObjectsInit", host.session, wrong, 1) == CKR_ARGUMENTS_BAD
    assert host.call("C_DigestInit", host.session, null()) == CKR_ARGUMENTS_BAD
    host.ok("C_DigestInit", host.session, mechanism(CKM_SHA256))
    assert host.call("C_DigestUpdate", host.session, null(), 1) == CKR_ARGUMENTS_BAD
    assert traced == [
        "C_FindObjectsInit: CKR_ARGUMENTS_BAD <- a pointer inside an argument is NULL",
        "C_DigestInit: CKR_ARGUMENTS_BAD <- pMechanism is NULL",
        "C_DigestUpdate: CKR_ARGUMENTS_BAD <- pPart is NULL",
    ]
