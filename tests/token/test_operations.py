"""The operations of a session: one of each kind, and what each keeps between two calls."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from cryptolib.cryptoki.constants import (
    CKF_DIGEST,
    CKF_FIND_OBJECTS,
    CKF_SIGN,
    CKM_SHA256,
    CKR_OPERATION_ACTIVE,
    CKR_OPERATION_NOT_INITIALIZED,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.hashes import BY_MECHANISM
from cryptolib.token.operations import CardUpdate, Digest, Find, Operations

SHA256 = BY_MECHANISM[CKM_SHA256]


def refused(work: Callable[[], object]) -> int:
    with pytest.raises(CryptokiError) as caught:
        work()
    return caught.value.code


def test_one_operation_of_each_kind_is_active() -> None:
    operations = Operations()
    assert refused(lambda: operations.current(Find)) == CKR_OPERATION_NOT_INITIALIZED
    search = Find([1])
    operations.begin(search)
    operations.require_idle(Digest)
    assert refused(lambda: operations.require_idle(Find)) == CKR_OPERATION_ACTIVE
    assert operations.current(Find) is search
    assert operations.end(Find)
    assert not operations.end(Find)


def test_flags_end_the_operations_that_they_stand_for() -> None:
    operations = Operations()
    for operation in (Find([]), Digest(SHA256), CardUpdate()):
        operations.begin(operation)
    operations.cancel(CKF_DIGEST | CKF_SIGN)
    operations.require_idle(Digest)
    operations.cancel(CKF_FIND_OBJECTS | 0xFFFFFFFF)
    operations.require_idle(Find)
    operations.current(CardUpdate)


def test_each_object_is_found_once() -> None:
    search = Find([1, 2, 3])
    assert [search.take(2), search.take(0), search.take(2), search.take(2)] == [[1, 2], [], [3], []]


class TestDigest:
    def test_a_length_query_is_answered_by_the_end_too(self) -> None:
        digest = Digest(SHA256)
        digest.query(b"abc")
        assert digest.finish() == hashlib.sha256(b"abc").digest()

    def test_what_comes_after_a_query_counts(self) -> None:
        digest = Digest(SHA256)
        digest.query(b"abc")
        digest.update(b"d")
        assert digest.finish() == hashlib.sha256(b"d").digest()

    def test_what_update_began_the_single_call_does_not_end(self) -> None:
        digest = Digest(SHA256)
        digest.require_unbegun()
        digest.begun = True
        assert refused(digest.require_unbegun) == CKR_OPERATION_ACTIVE
