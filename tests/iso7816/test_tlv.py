"""BER-TLV as cards write it, whole, padded, cut or absurd."""

import pytest

from conformance.virtual_card.tlv import tlv as written
from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import TlvError


def test_a_data_object_is_read_with_what_lies_behind_it() -> None:
    item, end = tlv.read(bytes.fromhex("5A 02 1234 FFFF"))
    assert (item.tag, item.value, item.raw, end) == (0x5A, b"\x12\x34", bytes.fromhex("5A021234"), 4)


def test_reading_starts_at_the_offset() -> None:
    item, end = tlv.read(bytes.fromhex("5A 01 00 4F 01 11"), 3)
    assert (item.tag, item.value, end) == (0x4F, b"\x11", 6)


@pytest.mark.parametrize("length", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
def test_lengths_of_one_to_four_bytes(length: int) -> None:
    whole = written(0x30, bytes(length))
    item, end = tlv.read(whole)
    assert len(item.value) == length
    assert end == tlv.total_length(whole[:8]) == len(whole)


def test_a_length_may_be_written_longer_than_needed() -> None:
    for length in ("81 01", "82 0001", "83 000001", "84 00000001"):
        assert tlv.read(bytes.fromhex(f"04 {length} AA"))[0].value == b"\xaa"


@pytest.mark.parametrize("tag", [0x04, 0x7F48, 0x9F7F, 0xBF8101])
def test_tags_of_one_to_three_bytes(tag: int) -> None:
    assert tlv.first(written(tag, b"value"), tag) == b"value"


@pytest.mark.parametrize(
    "cut",
    [
        "",  # nothing at all
        "30",  # no length
        "BF",  # inside a tag
        "BF81",
        "BF81FFFF01 00",  # a tag of four bytes and more
        "30 80 0000",  # indefinite length
        "30 82 01",  # inside a length
        "30 85 0000000001 00",  # a length nobody needs
        "30 84 FFFFFFFF 00",
        "30 FF",
        "30 02 00",  # inside the value
        "30 83 FFFFFF 00",
    ],
)
def test_what_is_cut_or_absurd_is_refused(cut: str) -> None:
    with pytest.raises(TlvError):
        tlv.read(bytes.fromhex(cut))


def test_zeros_and_ff_around_data_objects_are_padding() -> None:
    padded = bytes.fromhex("0000 5A0101 FF00 4F0102 FFFFFF")
    assert [(item.tag, item.value) for item in tlv.items(padded)] == [(0x5A, b"\1"), (0x4F, b"\2")]


@pytest.mark.parametrize("empty", [b"", bytes(32), b"\xff" * 32])
def test_padding_alone_holds_nothing(empty: bytes) -> None:
    assert list(tlv.items(empty)) == []


def test_objects_before_a_cut_are_given() -> None:
    reading = tlv.items(bytes.fromhex("5A0101 4F05"))
    assert next(reading).tag == 0x5A
    with pytest.raises(TlvError):
        next(reading)


def test_a_path_takes_the_first_match_of_each_level() -> None:
    data = written(0x30, written(0x31, b"no"), written(0x30, written(0x04, b"first"), written(0x04, b"second")))
    assert tlv.first(data, 0x30, 0x30, 0x04) == b"first"
    assert tlv.first(data) == data


def test_a_step_that_is_missing_is_named() -> None:
    with pytest.raises(TlvError, match="no tag 9B"):
        tlv.first(written(0x30, written(0x9A, b"\3")), 0x30, 0x9B)


@pytest.mark.timing
def test_depth_costs_nothing() -> None:
    """Ten thousand levels are one object: parsing does not recurse."""
    deep = b""
    for _level in range(2000):
        deep = written(0x30, deep)
    assert len(list(tlv.items(deep))) == 1
    assert tlv.first(deep, *[0x30] * 2000) == b""


def test_its_repr_shows_no_content() -> None:
    assert repr(tlv.read(b"\x5a\x04\x12\x34\x56\x78")[0]) == "Tlv(5A, 4 bytes)"
