"""The answer to SELECT, and the commands that read and write files."""

import pytest

from cryptolib.iso7816 import files
from cryptolib.iso7816.tlv import TlvError


@pytest.mark.parametrize(
    ("head", "size"),
    [
        ("622580021000", 4096),
        ("6F0B80020031", 0x31),
        ("622582010180", None),
        ("628180800210", None),
        ("62058001", None),
        ("", None),
    ],
)
def test_the_size_at_the_head_of_an_answer(head: str, size: int | None) -> None:
    assert files.size_at_head(bytes.fromhex(head)) == size


@pytest.mark.parametrize(
    ("answer", "size"),
    [
        ("62 25 80 02 0065 82 01 01 83 02 2F00 88 01 F0 A1 12 8C077B000000000000 9C077B000000000000 8A 01 05", 101),
        ("6F 0B 80 02 04D2 82 01 01 83 02 A001", 1234),
        ("6F 05 81 03 010000", 65536),
        ("62 03 80 01 0C", 12),
        ("62 04 80 02 0000", 0),
        ("62 07 81 01 10 80 02 000C", 12),
    ],
)
def test_the_size_in_fcp_and_fci(answer: str, size: int) -> None:
    assert files.file_size(bytes.fromhex(answer)) == size


@pytest.mark.parametrize("answer", ["", "62", "62 00", "62 04 83 02 2F00", "62 04 80 03 00", "6F 7F 80 02 0001"])
def test_an_answer_without_size_is_refused(answer: str) -> None:
    with pytest.raises(TlvError):
        files.file_size(bytes.fromhex(answer))


def test_offsets_are_written_in_p1_and_p2() -> None:
    read, update = files.read_binary(0x1234, 0x56), files.update_binary(0x0102, b"\xaa")
    assert (read.p1, read.p2, read.le) == (0x12, 0x34, 0x56)
    assert (update.p1, update.p2, update.data, update.le) == (1, 2, b"\xaa", None)
