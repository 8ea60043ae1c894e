"""The objects that a template finds, their order, and searches without a look at the card."""

from __future__ import annotations

import pytest

from cryptolib.cryptoki.attributes import ulong
from cryptolib.cryptoki.constants import (
    CKA_CLASS,
    CKA_SUBJECT,
    CKA_VALUE,
    CKO_CERTIFICATE,
    CKO_DATA,
    CKO_PUBLIC_KEY,
    CKO_SECRET_KEY,
)
from cryptolib.token.objects import TokenObject, search


def thing(handle: int, object_class: int, **values: bytes) -> TokenObject:
    item = TokenObject(object_class, f"object {handle}", private=False)
    item.handle = handle
    item.attributes |= {{"subject": CKA_SUBJECT, "value": CKA_VALUE}[name]: value for name, value in values.items()}
    return item


KEY = thing(1, CKO_PUBLIC_KEY, subject=b"holder", value=b"key")
CERTIFICATE = thing(2, CKO_CERTIFICATE, subject=b"holder", value=b"der")
DATA = thing(3, CKO_DATA, value=b"der")


def everything() -> list[TokenObject]:
    return [KEY, CERTIFICATE, DATA]


def test_an_empty_template_finds_everything() -> None:
    assert search({}, everything) == [1, 2, 3]


def test_every_attribute_must_be_there() -> None:
    assert search({CKA_CLASS: ulong(CKO_DATA), CKA_VALUE: b"der"}, everything) == [3]
    assert search({CKA_CLASS: ulong(CKO_DATA), CKA_SUBJECT: b"holder"}, everything) == []


def test_a_subject_alone_gives_the_certificate_first() -> None:
    assert search({CKA_SUBJECT: b"holder"}, everything) == [2, 1]


def test_a_value_alone_is_that_of_a_certificate() -> None:
    assert search({CKA_VALUE: b"der"}, everything) == [2]
    assert search({CKA_VALUE: b"key"}, everything) == []


def test_what_no_cps_holds_is_not_looked_for() -> None:
    assert search({CKA_CLASS: ulong(CKO_SECRET_KEY)}, lambda: pytest.fail("it was looked for")) == []
