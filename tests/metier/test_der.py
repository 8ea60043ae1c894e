"""Identifiers, moments and texts as certificates write them."""

from datetime import UTC, datetime

import pytest

from cryptolib.metier import der
from cryptolib.metier.tlv import TlvError, write


def test_an_identifier_with_an_enormous_number_is_none() -> None:
    """No certificate makes a program compute for minutes."""
    with pytest.raises(TlvError):
        der.identifier(write(der.OBJECT_IDENTIFIER, b"\xff" * 30000 + b"\x7f"))


@pytest.mark.parametrize(
    ("encoded", "oid"),
    [
        ("550403", "2.5.4.3"),
        ("2A817A0147010202", "1.2.250.1.71.1.2.2"),
        ("8837", "2.999"),
        ("01", "0.1"),
        ("4F", "1.39"),
    ],
)
def test_identifiers_in_their_dotted_form(encoded: str, oid: str) -> None:
    assert der.identifier(write(der.OBJECT_IDENTIFIER, bytes.fromhex(encoded))) == oid


@pytest.mark.parametrize("encoded", ["", "55FF"])
def test_a_cut_identifier_is_none(encoded: str) -> None:
    with pytest.raises(TlvError):
        der.identifier(write(der.OBJECT_IDENTIFIER, bytes.fromhex(encoded)))


@pytest.mark.parametrize(
    ("tag", "digits", "moment"),
    [
        (der.UTC_TIME, "491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (der.UTC_TIME, "500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (der.GENERALIZED_TIME, "20500101000000Z", datetime(2050, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_utc(tag: int, digits: str, moment: datetime) -> None:
    assert der.moment(write(tag, digits.encode())) == moment


@pytest.mark.parametrize(
    ("tag", "digits"),
    [
        (der.UTC_TIME, "2401150000Z"),
        (der.UTC_TIME, "241315000000Z"),
        (der.GENERALIZED_TIME, "20500101000000+0100"),
        (der.GENERALIZED_TIME, "2050010100000 Z"),
        (der.BIT_STRING, "240115000000Z"),
    ],
)
def test_other_times_are_refused(tag: int, digits: str) -> None:
    with pytest.raises(ValueError):
        der.moment(write(tag, digits.encode()))


@pytest.mark.parametrize("tag", [0x0C, 0x13, 0x14, 0x16])
def test_texts_of_every_type(tag: int) -> None:
    assert der.text(write(tag, b"EXEMPLE")) == "EXEMPLE"
    assert der.text(write(0x1E, "É".encode("utf-16-be"))) == "É"
    assert der.text(write(0x0C, b"\xc9")) is None
    assert der.text(write(0x30, b"")) is None
