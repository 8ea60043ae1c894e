"""Data that are not understood are kept: unknown, empty and damaged objects, fields of a wrong format."""

from datetime import date

import pytest

from conformance.virtual_card.tlv import tlv
from cryptolib.metier.codec import decode, encode
from cryptolib.metier.identity import IdentityCard
from cryptolib.metier.record import Unknown
from cryptolib.metier.tlv import Tlv
from tests.metier import examples
from tests.metier.examples import EXAMPLES


@pytest.mark.parametrize(
    "label",
    [
        "CPS_LANG_PS",
        "CPS_DATA",
        "CPS2TER_ATR",
        "CPS2TER_ICC",
        "CPS2TER_LANG",
        "CPS2TER_DIRAMO",
        "CPS_ACTIVITY_1_PS",
        "",
    ],
)
def test_an_object_of_unknown_format_is_unknown(label: str) -> None:
    record = decode(label, examples.HOLDER_NAME)
    assert record == Unknown(label=label, raw=examples.HOLDER_NAME)


@pytest.mark.parametrize("label", EXAMPLES)
def test_another_container_is_unknown(label: str) -> None:
    value = tlv(0xEF, EXAMPLES[label][2:])
    assert decode(label, value) == Unknown(label=label, raw=value)


@pytest.mark.parametrize("empty", [b"", bytes(1), bytes(200), b"\xff" * 64])
@pytest.mark.parametrize("label", EXAMPLES)
def test_an_empty_file_says_nothing(label: str, empty: bytes) -> None:
    record = decode(label, empty)
    assert record == type(decode(label, EXAMPLES[label]))(label=label, raw=empty)
    assert encode(record) == empty


def test_a_field_that_is_not_understood_is_kept() -> None:
    """An unknown tag, a date that is none, a code of two bytes, a second field of one tag."""
    odd = [(0x8F, b"\x01\x02"), (0x83, b"\x20\x24\x13\x45"), (0x82, b"\x00\x00"), (0x81, b"\x11\x11")]
    value = tlv(0xE3, tlv(0x81, b"\x28\x00\x09\x99\x91"), *(tlv(tag, content) for tag, content in odd))
    card = decode("CPS_ID_CARD", value)
    assert isinstance(card, IdentityCard)
    assert (card.number, card.issued, card.category) == ("2800099991", None, None)
    assert card.rest == tuple(Tlv(tag, content, tlv(tag, content)) for tag, content in odd)


def test_the_second_of_two_fields_is_taken_when_the_first_is_damaged() -> None:
    card = decode("CPS_ID_CARD", tlv(0xE3, tlv(0x83, b"\xff" * 4), tlv(0x83, b"\x20\x24\x01\x15")))
    assert isinstance(card, IdentityCard)
    assert card.issued == date(2024, 1, 15)
    assert [item.value for item in card.rest] == [b"\xff" * 4]


def test_a_cut_value_says_what_is_left_of_it() -> None:
    card = decode("CPS_ID_CARD", examples.IDENTITY_CARD[:-8])
    assert isinstance(card, IdentityCard)
    assert (card.number, card.issued, card.expires) == ("2800099991", None, None)
    assert (card.tail, card.missing) == (bytes.fromhex("83042024"), 8)


def test_filler_is_nothing_and_anything_else_behind_the_container_is_kept() -> None:
    assert decode("CPS_ID_CARD", examples.IDENTITY_CARD + bytes(40)).tail == b""
    assert decode("CPS_ID_CARD", examples.IDENTITY_CARD + b"\xff" * 40).tail == b""
    assert decode("CPS_ID_CARD", examples.IDENTITY_CARD + b"\0\0\x05\0").tail == b"\0\0\x05"


def test_the_fields_end_at_the_first_zero() -> None:
    record = decode("CPS_ID_CARD", tlv(0xE3, tlv(0x82, b"\0"), b"\0\0", tlv(0x81, b"\x12")))
    assert isinstance(record, IdentityCard)
    assert (record.number, record.tail) == (None, bytes.fromhex("0000810112"))
