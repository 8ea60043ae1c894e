"""Faults of the card and the reader as return values: success is none of them."""

import pytest

from cryptolib.cards import errors
from cryptolib.cards.errors import CardError, PinIncorrect
from cryptolib.cryptoki import constants
from cryptolib.cryptoki.constants import CKR_DEVICE_ERROR, CKR_GENERAL_ERROR, CKR_OK
from cryptolib.iso7816 import connection
from cryptolib.iso7816.connection import TransportError
from cryptolib.iso7816.tlv import TlvError
from cryptolib.token.faults import code_of


def kinds(module: object, base: type[Exception]) -> list[type[Exception]]:
    return [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, base)]


EVERY = [*kinds(errors, CardError), *kinds(connection, TransportError), TlvError]


def raised(kind: type[Exception]) -> Exception:
    return PinIncorrect(2) if kind is PinIncorrect else kind("why")


@pytest.mark.parametrize("kind", EVERY)
def test_no_fault_is_a_success(kind: type[Exception]) -> None:
    assert code_of(raised(kind)) != CKR_OK


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("PinIncorrect", "PIN_INCORRECT"),
        ("PinBlocked", "PIN_LOCKED"),
        ("NotAuthenticated", "USER_NOT_LOGGED_IN"),
        ("WrongLength", "DATA_LEN_RANGE"),
        ("NotUsable", "KEY_TYPE_INCONSISTENT"),
        ("InvalidData", "DATA_INVALID"),
        ("NoSuchFile", "DEVICE_ERROR"),
        ("CardFault", "DEVICE_ERROR"),
        ("UnknownCard", "TOKEN_NOT_RECOGNIZED"),
        ("CardRemoved", "DEVICE_REMOVED"),
        ("ReaderGone", "DEVICE_REMOVED"),
        ("ServiceStopped", "DEVICE_REMOVED"),
        ("CardReset", "DEVICE_ERROR"),
        ("TlvError", "DEVICE_ERROR"),
    ],
)
def test_each_has_its_value(name: str, code: str) -> None:
    kind = next(kind for kind in EVERY if kind.__name__ == name)
    assert code_of(raised(kind)) == getattr(constants, f"CKR_{code}")


def test_no_fault_of_a_card_passes_for_one_of_ours() -> None:
    assert not [kind.__name__ for kind in EVERY if code_of(raised(kind)) == CKR_GENERAL_ERROR]


def test_what_nobody_foresaw_is_the_device_s() -> None:
    assert code_of(TransportError("a reader's own code")) == CKR_DEVICE_ERROR
    assert code_of(ValueError()) == CKR_DEVICE_ERROR
