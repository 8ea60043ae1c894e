"""The fields of a certificate, cut out here and by another library; damaged certificates."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.virtual_card.tlv import integer, sequence, tlv
from cryptolib.iso7816.tlv import TlvError
from cryptolib.token.certificate import Certificate, key_block, public_key
from tests.support import AUTHENTICATION, CARDS, SIGNATURE, certificate
from tests.support import public_key as issued_key


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("role", [SIGNATURE, AUTHENTICATION])
def test_the_fields_as_another_library_sees_them(profile: str, role: str) -> None:
    value = certificate(profile, role)
    ours, reference = Certificate(value), x509.load_der_x509_certificate(value)
    assert ours.value == value
    assert int.from_bytes(ours.serial, "big") == reference.serial_number
    assert (ours.issuer, ours.subject) == (reference.issuer.public_bytes(), reference.subject.public_bytes())
    assert ours.not_before.decode() == reference.not_valid_before_utc.strftime("%Y%m%d")
    assert ours.not_after.decode() == reference.not_valid_after_utc.strftime("%Y%m%d")
    key = issued_key(profile, role)
    assert ours.public_key_info == key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert ours.public_key_der == key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    numbers = key.public_numbers()
    assert (ours.public_key.modulus, ours.public_key.exponent) == (numbers.n, numbers.e)


MODULUS = 1 << 2047 | 0xC0FFEE01


def with_key(modulus: int, exponent: int) -> bytes:
    return rebuilt(key=sequence(sequence(), tlv(0x03, b"\0", sequence(integer(modulus), integer(exponent)))))


def rebuilt(**replaced: bytes) -> bytes:
    """A certificate of the fields that are looked at, some of them replaced."""
    key = tlv(0x03, b"\0", sequence(integer(MODULUS), integer(65537)))
    fields = {
        "version": tlv(0xA0, integer(2)),
        "serial": integer(7),
        "algorithm": sequence(),
        "issuer": sequence(),
        "validity": sequence(tlv(0x17, b"490101000000Z"), tlv(0x18, b"20500101000000Z")),
        "subject": sequence(),
        "key": sequence(sequence(), key),
    } | replaced
    return sequence(sequence(*fields.values()), sequence(), tlv(0x03, b"\0"))


def test_both_ways_to_write_a_date() -> None:
    ours = Certificate(rebuilt())
    assert (ours.not_before, ours.not_after) == (b"20490101", b"20500101")
    old = sequence(tlv(0x17, b"500101000000Z"), tlv(0x17, b"991231235959Z"))
    ours = Certificate(rebuilt(validity=old))
    assert (ours.not_before, ours.not_after) == (b"19500101", b"19991231")


def test_a_certificate_of_the_first_version_has_none() -> None:
    assert Certificate(rebuilt(version=b"")).serial == b"\7"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"no certificate",
        sequence(),
        sequence(sequence()),
        rebuilt()[:-3],
        rebuilt(serial=b""),
        rebuilt(validity=sequence(tlv(0x17, b"490101000000Z"))),
        rebuilt(validity=sequence(*[tlv(0x17, b"490101000000Z")] * 3)),
        rebuilt(key=sequence()),
        rebuilt(key=sequence(sequence())),
        rebuilt(key=sequence(sequence(), tlv(0x03))),
        rebuilt(key=sequence(sequence(), tlv(0x03, b"\0", integer(5)))),
        rebuilt(key=sequence(sequence(), tlv(0x03, b"\0", sequence(integer(5))))),
        rebuilt(key=sequence(sequence(), tlv(0x03, b"\0", sequence(integer(0), integer(3))))),
        rebuilt(key=sequence(sequence(), tlv(0x03, b"\0", sequence(tlv(0x02), tlv(0x02))))),
        rebuilt(key=sequence(sequence(), tlv(0x03, b"\0", sequence(integer(5), integer(3), integer(3))))),
        with_key(5, 3),
        with_key((1 << 511) - 1, 3),
        with_key(1 << 4096 | 1, 3),
        with_key(1 << 120000 | 1, 3),
        with_key(MODULUS, MODULUS),
        with_key(MODULUS, 1 << 64 | 1),
        with_key(MODULUS, 1),
        with_key(MODULUS, 4),
        with_key(MODULUS + 1, 3),
    ],
)
def test_a_damaged_certificate_is_refused(value: bytes) -> None:
    with pytest.raises(TlvError):
        Certificate(value)


@pytest.mark.parametrize("cut", range(0, 900, 7))
def test_a_certificate_cut_anywhere(cut: int) -> None:
    with pytest.raises(TlvError):
        Certificate(certificate("cps3", SIGNATURE)[:cut])


def test_a_public_key_alone() -> None:
    key = public_key(sequence(integer(MODULUS), integer(3)))
    assert (key.modulus, key.exponent, key.size) == (MODULUS, 3, 256)


@pytest.mark.parametrize("bits", [512, 1023, 2048, 4096])
def test_public_keys_of_any_length_that_a_card_may_have(bits: int) -> None:
    assert Certificate(with_key((1 << bits) - 1, (1 << 64) - 1)).public_key.modulus.bit_length() == bits


def test_a_certificate_with_a_key_of_another_kind_is_one_all_the_same() -> None:
    """For example of an authority. A signature with such a key cannot be verified."""
    value = certificate("cps4", SIGNATURE).replace(
        bytes.fromhex("2A864886F70D010101"), bytes.fromhex("2A8648CE3D020101FF")
    )
    ours = Certificate(value)
    assert ours.value == value
    with pytest.raises(TlvError):
        _ = ours.public_key
    where, block = key_block(value)
    assert value[where:].startswith(block)
    assert len(block) == 256
