"""BER-TLV is read strictly: what is not written that way is no data object."""

import pytest

from cryptolib.metier import tlv
from cryptolib.metier.tlv import Tlv, TlvError


@pytest.mark.parametrize(
    ("data", "tag", "value"),
    [
        ("8000", 0x80, ""),
        ("8001AA", 0x80, "AA"),
        ("818102AABB", 0x81, "AABB"),
        ("E0820001AA", 0xE0, "AA"),
        ("5F2001AA", 0x5F20, "AA"),
        ("BF810101AA", 0xBF8101, "AA"),
    ],
)
def test_a_data_object(data: str, tag: int, value: str) -> None:
    whole = bytes.fromhex(data)
    assert tlv.read(whole + b"\x99", 0) == (Tlv(tag, bytes.fromhex(value), whole), len(whole))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "cut"),
        ("80", "cut"),
        ("5F", "cut"),
        ("8002AA", "announces 2 bytes, 1 are there"),
        ("8080AA0000", "indefinite"),
        ("808400000001AA", "oversized"),
        ("808201", "cut"),
        ("1FFFFFFF7F00", "more than three bytes"),
    ],
)
def test_other_bytes_are_no_data_object(data: str, why: str) -> None:
    with pytest.raises(TlvError, match=why):
        tlv.read(bytes.fromhex(data))


@pytest.mark.parametrize("length", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
@pytest.mark.parametrize("tag", [0x80, 0x5F20, 0xBF8101])
def test_a_written_data_object_is_read_back(tag: int, length: int) -> None:
    written = tlv.write(tag, bytes(length))
    assert tlv.read(written.raw) == (written, len(written.raw))


def test_data_objects_end_at_a_zero_or_at_what_is_none() -> None:
    first, second = tlv.write(0x80, b"a"), tlv.write(0x81, b"")
    assert tlv.read_all(first.raw + second.raw) == ([first, second], b"")
    assert tlv.read_all(first.raw + b"\0" + second.raw) == ([first], b"\0" + second.raw)
    assert tlv.read_all(first.raw + b"\x82\x05") == ([first], b"\x82\x05")
    with pytest.raises(TlvError):
        tlv.children(first.raw + b"\0")
