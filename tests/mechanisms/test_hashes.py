"""The hash functions and what is built on them."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.virtual_card.tlv import null, octets, oid, sequence
from cryptolib.mechanisms import hashes as module
from cryptolib.mechanisms.hashes import BY_MECHANISM, HASHES, PART, Hash, mgf1
from cryptolib.mechanisms.operation import Accumulated, PublicKey
from tests.mechanisms.keys import digest, library_name, rsa

OIDS = {
    "SHA-1": "1.3.14.3.2.26",
    "SHA-224": "2.16.840.1.101.3.4.2.4",
    "SHA-256": "2.16.840.1.101.3.4.2.1",
    "SHA-384": "2.16.840.1.101.3.4.2.2",
    "SHA-512": "2.16.840.1.101.3.4.2.3",
}


@pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
def test_each_function(candidate: Hash) -> None:
    message = b"carte de professionnel"
    running = candidate.start()
    running.update(message[:5])
    running.update(message[5:])
    assert running.finalize() == candidate.digest(message) == digest(candidate, message)
    assert candidate.size == hashlib.new(library_name(candidate)).digest_size
    whole = sequence(sequence(oid(OIDS[candidate.name]), null()), octets(bytes(candidate.size)))
    assert candidate.prefix == whole[: -candidate.size]
    assert BY_MECHANISM[candidate.mechanism] is candidate


def test_mgf1_of_the_standard_s_examples() -> None:
    """RFC 8017 gives none; these are the well-known ones for the seeds "foo" and "bar"."""
    sha1 = HASHES[0]
    assert mgf1(b"foo", 3, sha1).hex() == "1ac907"
    assert mgf1(b"foo", 5, sha1).hex() == "1ac9075cd4"
    assert mgf1(b"bar", 5, sha1).hex() == "bc0c655e01"


@settings(max_examples=30)
@given(seed=st.binary(max_size=70), length=st.integers(0, 300), candidate=st.sampled_from(HASHES))
def test_a_mask_is_a_prefix_of_every_longer_one(seed: bytes, length: int, candidate: Hash) -> None:
    mask = mgf1(seed, length, candidate)
    assert len(mask) == length
    assert mgf1(seed, length + 40, candidate).startswith(mask)


def test_a_public_key_against_its_private_half() -> None:
    key = PublicKey(rsa().n, rsa().e)
    block = b"\0\1" + bytes(254)
    assert key.size == 256
    assert rsa().apply(key.apply(block)) == key.apply(rsa().apply(block)) == block


@pytest.mark.parametrize(
    ("block", "held"),
    [
        (bytes(256), True),
        (bytes(255), False),
        (bytes(257), False),
        (rsa().n.to_bytes(256, "big"), False),
        ((rsa().n - 1).to_bytes(256, "big"), True),
    ],
)
def test_what_a_public_key_takes(block: bytes, held: bool) -> None:
    assert PublicKey(rsa().n, rsa().e).holds(block) == held


def test_parts_are_put_together() -> None:
    parts = Accumulated(3)
    for part in (b"a", b"", b"bc"):
        parts.update(part)
    assert parts.data == b"abc"


LENGTHS = [0, 1, PART - 1, PART, PART + 1]


@pytest.mark.parametrize("candidate", HASHES, ids=lambda candidate: candidate.name)
@pytest.mark.parametrize("first", LENGTHS)
@pytest.mark.parametrize("second", LENGTHS)
def test_short_and_long_messages_are_hashed_alike(candidate: Hash, first: int, second: int) -> None:
    """A long message is hashed in parts, so that other threads have their turn."""
    message = bytes(index % 251 for index in range(first + second))
    running = candidate.start()
    running.update(memoryview(message)[:first])
    kept = running.copy()
    running.update(memoryview(message)[first:])
    assert running.finalize() == digest(candidate, message)
    assert kept.finalize() == digest(candidate, message[:first])


def test_a_python_without_hashes_of_its_own_has_those_of_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for candidate in HASHES:
        monkeypatch.setattr(candidate, "begin", module._from_cryptography(candidate.name.replace("-", "")))
        assert candidate.digest(b"short") == digest(candidate, b"short")
        assert candidate.start().finalize() == digest(candidate, b"")


def test_no_function_needs_that_package() -> None:
    """Its OpenSSL would read the configuration of a host that is OpenSSL, and load that host's providers again."""
    assert {name for name in ("sha1", "sha224", "sha256", "sha384", "sha512") if name in module._BUILTIN} == {
        candidate.name.replace("-", "").lower() for candidate in HASHES
    }
