"""Schemes: one object for each operation and hash function."""

from __future__ import annotations

from cryptolib.cards import scheme


def test_there_is_one_object_for_each_scheme() -> None:
    assert scheme.digest(scheme.SHA1) is scheme.digest(scheme.SHA1)
    every = [make(name) for make in (scheme.digest, scheme.last_round, scheme.pss) for name in ("SHA-1", "SHA-512")]
    every += [scheme.PAD, scheme.AUTHENTICATE, scheme.RAW, scheme.DECIPHER]
    assert len(set(every)) == len(every)


def test_a_scheme_has_a_name_in_traces() -> None:
    assert [repr(how) for how in (scheme.RAW, scheme.last_round(scheme.SHA256))] == ["raw", "last round SHA-256"]


def test_only_a_deciphered_message_is_shorter_than_the_modulus() -> None:
    assert scheme.may_be(scheme.DECIPHER, 245, 256)
    assert not scheme.may_be(scheme.DECIPHER, 246, 256)
    assert scheme.may_be(scheme.PAD, 256, 256)
    assert not scheme.may_be(scheme.PAD, 255, 256)
