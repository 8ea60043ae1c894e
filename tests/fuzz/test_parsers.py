"""Whatever bytes a card holds, parsing them ends, and with no other exception than the one it documents."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.virtual_card.profiles import new_card
from conformance.virtual_card.tlv import tlv as written
from cryptolib.iso7816 import files, tlv
from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15 import entries, schema
from cryptolib.token.certificate import Certificate, public_key
from tests.support import AUTHENTICATION, SIGNATURE, certificate

PARSERS: dict[str, Callable[[bytes], object]] = {
    "read": tlv.read,
    "items": lambda data: list(tlv.items(data)),
    "total_length": tlv.total_length,
    "first": lambda data: tlv.first(data, 0x30, 0x30),
    "file_size": files.file_size,
    "directory_paths": schema.directory_paths,
    "token_info": schema.token_info,
    "pins": schema.pins,
    "private_keys": entries.private_keys,
    "public_keys": entries.public_keys,
    "certificates": entries.certificates,
    "data_objects": entries.data_objects,
    "certificate": Certificate,
    "public_key": public_key,
}
CARD = new_card("cps4")
GOOD = [CARD.file(f"3F00/{path}").content for path in ("2F00", "D003", "0001/5031", "0001/5032")]
GOOD += [CARD.file(f"3F00/0001/{number}").content for number in ("7001", "7002", "7004", "7005", "7006", "B001")]
GOOD += [certificate("cps3", SIGNATURE), certificate("cps4", AUTHENTICATION)]


# A file of a card has 32 KiB at most: so long and with so much memory may one be read on a slow machine.
MOST_SECONDS = 2.0
MOST_MEMORY = 32 << 20


def survives(data: bytes) -> None:
    """Each parser gives something or raises TlvError, in time."""
    for name, parse in PARSERS.items():
        start = time.process_time()
        try:
            parse(data)
        except TlvError:
            pass
        assert time.process_time() - start < MOST_SECONDS, name


ODD_BYTES = (0x00, 0x01, 0x7F, 0x80, 0x82, 0xFF)
TAGS = st.sampled_from([0x02, 0x03, 0x04, 0x0C, 0x17, 0x30, 0x31, 0x61, 0x62, 0x80, 0xA0, 0xA1, 0x7F48, 0xBF8101])
TREES = st.recursive(
    st.binary(max_size=12),
    lambda inside: st.lists(st.tuples(TAGS, inside), max_size=5).map(
        lambda parts: b"".join(written(tag, value) for tag, value in parts)
    ),
    max_leaves=20,
)


@given(st.binary(max_size=120))
def test_any_bytes_end_with_a_record_or_an_error(data: bytes) -> None:
    survives(data)


@given(TREES)
def test_any_tree(data: bytes) -> None:
    survives(data)


@given(TREES)
def test_what_is_well_written_is_read_whole(data: bytes) -> None:
    item, end = tlv.read(written(0x30, data) + b"\xff")
    assert (item.value, end) == (data, len(item.raw))


@pytest.mark.parametrize("seed", range(60))
def test_good_files_with_damaged_bytes(seed: int) -> None:
    chance = random.Random(seed)
    for good in GOOD:
        damaged = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice(
                (0x00, 0x01, 0x7F, 0x80, 0x82, 0xFF, chance.randrange(256))
            )
        survives(bytes(damaged))


@pytest.mark.parametrize("good", GOOD, ids=range(len(GOOD)))
def test_good_files_cut_or_with_one_bit_changed(good: bytes) -> None:
    for cut in range(0, len(good), max(1, len(good) // 60)):
        survives(good[:cut])
    for position in range(0, len(good), max(1, len(good) // 60)):
        for bit in (0x01, 0x80):
            survives(good[:position] + bytes((good[position] ^ bit,)) + good[position + 1 :])


@pytest.mark.parametrize("tag", [0x30, 0xA0, 0xA1])
def test_ten_thousand_levels(tag: int) -> None:
    """No parser recurses as deep as the data ask for."""
    deep = b""
    while len(deep) < 30000:
        deep = written(tag, deep)
    survives(deep)


@pytest.mark.parametrize("filling", [0x00, 0x30, 0x80, 0xFF, 0x1F, 0xBF])
def test_one_byte_over_and_over(filling: int) -> None:
    survives(bytes((filling,)) * 32768)


CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())


@pytest.mark.parametrize("kept", CORPUS, ids=lambda file: file.name)
def test_the_corpus_ends_with_a_record_or_an_error(kept: Path) -> None:
    """Inputs that found a fault, and one of each kind that a parser of this sort may stumble over."""
    data = kept.read_bytes()
    survives(data)
    tracemalloc.start()
    survives(data)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MOST_MEMORY
