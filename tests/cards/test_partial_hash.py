"""The hash up to its last block, against a whole implementation by others."""

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.virtual_card import partial_hash as reference
from conformance.virtual_card.tlv import parse
from cryptolib.cards.partial_hash import PartialHash
from cryptolib.cards.scheme import SHA1, SHA256

ALGORITHMS = {SHA1: (reference.SHA1, hashes.SHA1()), SHA256: (reference.SHA256, hashes.SHA256())}
LENGTHS = (0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 4096)


def message(length: int) -> bytes:
    return bytes((index * 31 + 7) & 0xFF for index in range(length))


def finished(name: str, data_field: bytes) -> bytes:
    """The hash that a card computes from the data field of PSO HASH."""
    objects = dict(parse(data_field))
    algorithm = ALGORITHMS[name][0]
    state, bits = objects[0x90][: algorithm.size], int.from_bytes(objects[0x90][algorithm.size :], "big")
    return algorithm.finish(state, bits, objects[0x80])


def whole(name: str, data: bytes) -> bytes:
    running = hashes.Hash(ALGORITHMS[name][1])
    running.update(data)
    return running.finalize()


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_message_in_one_piece_has_its_hash(name: str, length: int) -> None:
    partial = PartialHash(name)
    partial.update(message(length))
    assert finished(name, partial.data_field()) == whole(name, message(length))
    assert partial.digest() == whole(name, message(length)), "the same hash, for whoever checks what the card made"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_megabyte_has_its_hash(name: str) -> None:
    data = message(1 << 20)
    partial = PartialHash(name)
    partial.update(data)
    assert finished(name, partial.data_field()) == whole(name, data)


@settings(max_examples=60)
@given(name=st.sampled_from(sorted(ALGORITHMS)), parts=st.lists(st.binary(max_size=200), max_size=8))
def test_a_message_in_any_pieces_has_its_hash(name: str, parts: list[bytes]) -> None:
    partial = PartialHash(name)
    for part in parts:
        partial.update(part)
    assert partial.digest() == finished(name, partial.data_field()) == whole(name, b"".join(parts))


@pytest.mark.parametrize(("name", "size"), [(SHA1, 20), (SHA256, 32)])
@pytest.mark.parametrize("length", LENGTHS[1:])
def test_the_card_always_has_something_left_to_hash(name: str, size: int, length: int) -> None:
    partial = PartialHash(name)
    partial.update(message(length))
    objects = dict(parse(partial.data_field()))
    kept = (length - 1) % 64 + 1
    assert objects[0x80] == message(length)[-kept:]
    assert len(objects[0x90]) == (size + 8 if length > 64 else 0)
    if length > 64:
        assert int.from_bytes(objects[0x90][size:], "big") == (length - kept) * 8


@pytest.mark.parametrize("name", ALGORITHMS)
def test_an_empty_message_leaves_nothing_of_the_process_to_the_card(name: str) -> None:
    assert PartialHash(name).data_field() == bytes.fromhex("9000 8000")
    partial = PartialHash(name)
    partial.update(b"")
    assert partial.data_field() == bytes.fromhex("9000 8000")


@pytest.mark.parametrize("name", [SHA1, SHA256])
@pytest.mark.parametrize("first", [0, 1, 63, 64, 65, 128, 200])
@pytest.mark.parametrize("second", [0, 1, 63, 64, 65, 127, 128, 129, 1000])
def test_all_but_the_last_block_in_parts_of_any_length(name: str, first: int, second: int) -> None:
    message = bytes(index % 251 for index in range(first + second + 7))
    whole, parts = PartialHash(name), PartialHash(name)
    whole.update(message)
    for part in (message[:first], message[first : first + second], message[first + second :]):
        parts.update(memoryview(part))
    assert parts.data_field() == whole.data_field()
