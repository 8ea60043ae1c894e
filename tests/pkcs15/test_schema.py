"""The records of a PKCS#15 directory: those of the virtual cards, variants of the standard, and damaged ones."""

from collections.abc import Callable

import pytest

from conformance.virtual_card import pkcs15 as written
from conformance.virtual_card.profiles import new_card
from conformance.virtual_card.tlv import bit_string, context, integer, octets, quirky_bit_string, sequence, tlv, utf8
from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15 import entries, schema
from cryptolib.pkcs15.place import absolute, parts

AID = bytes.fromhex("E828BD080F8025000001FF0010")


def file(profile: str, number: str) -> bytes:
    return new_card(profile).file(f"3F00/0001/{number}").content


def path(number: str) -> bytes:
    return bytes.fromhex("3F000001" + number)


def test_the_odf_names_the_directories() -> None:
    assert schema.directory_paths(file("cps3", "5031")) == {
        0xA0: [path("7002")],
        0xA1: [path("7004")],
        0xA4: [path("7005")],
        0xA7: [path("7006")],
        0xA8: [path("7001")],
    }


def test_a_kind_of_directory_may_have_several_files() -> None:
    odf = context(4, sequence(octets(b"\x70\x05"))) + context(4, sequence(octets(b"\x70\x15")))
    assert schema.directory_paths(odf) == {0xA4: [b"\x70\x05", b"\x70\x15"]}


@pytest.mark.parametrize(("profile", "label"), [("cps3", "CPS3v3-2899990003"), ("cps4", "CPS4v1-2899990004")])
def test_token_info_has_manufacturer_and_label(profile: str, label: str) -> None:
    assert schema.token_info(file(profile, "5032")) == ("ORGANISME D'ESSAI", label)


def test_token_info_may_be_silent() -> None:
    assert schema.token_info(sequence(integer(0))) == ("", "")


def test_a_label_that_is_no_utf8_is_shown_as_well_as_possible() -> None:
    assert schema.token_info(sequence(tlv(0x80, b"CPS3 \xe9"))) == ("", "CPS3 é")


def test_the_codes_in_the_order_of_the_card() -> None:
    holder, officer = schema.pins(file("cps3", "7001"))
    assert (holder.reference, holder.minimum, holder.maximum, holder.security_officer) == (1, 4, 4, False)
    assert (officer.reference, officer.minimum, officer.maximum, officer.security_officer) == (2, 8, 8, True)


def test_the_keys_of_a_cps3() -> None:
    signature, authentication = entries.private_keys(file("cps3", "7002"))
    assert (signature.label, signature.id, signature.key_reference) == ("CPS_PRIV_SIG", AID + b"\1", 0x81)
    assert (authentication.label, authentication.id, authentication.key_reference) == (
        "CPS_PRIV_AUT",
        AID + b"\2",
        0x82,
    )
    assert (signature.signature_key, authentication.signature_key) == (True, False)
    assert {(key.private, key.modulus_bits, key.path) for key in (signature, authentication)} == {(True, 2048, b"")}


@pytest.mark.parametrize(
    ("usage", "signature_key"),
    [("060040", True), ("066040", True), ("062000", True), ("066000", False)],
    ids=["non-repudiation", "all of them", "sign", "sign and decrypt"],
)
def test_a_key_that_decrypts_nothing_signs_documents_whatever_its_usage_is_called(
    usage: str, signature_key: bool
) -> None:
    issued = bytes.fromhex("0303 060040")
    prkdf = file("cps3", "7002").replace(issued, bytes.fromhex("0303" + usage), 1)
    assert entries.private_keys(prkdf)[0].signature_key is signature_key


def test_a_key_reference_below_128_as_above() -> None:
    signature, authentication = entries.private_keys(file("cps4", "7002"))
    assert (signature.key_reference, authentication.key_reference) == (0x10, 0x20)


def test_a_key_reference_written_as_a_negative_number() -> None:
    """One byte 81 is -127 as an INTEGER: real cards write that, not 00 81."""
    key = sequence(
        sequence(utf8("key")),
        sequence(octets(b"\1"), bit_string(2), tlv(0x02, b"\x81")),
        context(1, sequence(sequence(octets(b"")), integer(2048))),
    )
    assert entries.private_keys(key)[0].key_reference == 0x81


def test_public_keys_name_their_files() -> None:
    keys = entries.public_keys(file("cps4", "7004"))
    assert [(key.id, key.path, key.private) for key in keys] == [
        (AID + b"\x10", path("B001"), False),
        (AID + b"\x20", path("B002"), False),
    ]


def test_an_empty_directory_of_zeros() -> None:
    assert entries.public_keys(file("cps3", "7004")) == []


def test_certificates_belong_to_keys() -> None:
    found = entries.certificates(file("cps3", "7005"))
    assert [(entry.label, entry.id, entry.path, entry.private) for entry in found] == [
        ("Certificat de Signature CPS", AID + b"\1", path("A001"), False),
        ("Certificat d'Authentification CPS", AID + b"\2", path("A002"), False),
    ]


def test_data_objects_are_private_modifiable_or_neither() -> None:
    found = {entry.label: entry for entry in entries.data_objects(file("cps3", "7006"))}
    activity, data, name = found["CPS_ACTIVITY_01_PS"], found["CPS_DATA"], found["CPS_NAME_PS"]
    assert (activity.private, activity.modifiable, activity.path) == (True, False, path("D121"))
    assert (data.private, data.modifiable, data.path) == (False, True, path("D107"))
    assert (name.private, name.modifiable, name.path) == (False, False, path("D101"))
    assert {entry.application for entry in found.values()} == {"CPS"}
    assert {entry.object_id for entry in found.values()} == {b""}


def test_a_data_object_may_name_its_application_by_number() -> None:
    number = tlv(0x06, bytes.fromhex("2B81221A"))
    entry = sequence(sequence(utf8("x")), sequence(utf8("CPS"), number), context(1, sequence(octets(b"\xd1\x01"))))
    (found,) = entries.data_objects(entry)
    assert (found.application, found.object_id) == ("CPS", number)


@pytest.mark.parametrize("flags", [bit_string(0), quirky_bit_string(0), tlv(0x03, b"\xff\x80")])
def test_the_first_octet_of_a_bit_string_is_passed_over(flags: bytes) -> None:
    entry = sequence(sequence(utf8("x"), flags), sequence(utf8("CPS")), context(1, sequence(octets(b"\xd1\x01"))))
    assert entries.data_objects(entry)[0].private


@pytest.mark.parametrize("flags", [b"", tlv(0x03), tlv(0x03, b"\0"), bit_string(1)])
def test_flags_that_are_absent_are_not_set(flags: bytes) -> None:
    entry = sequence(sequence(utf8("x"), flags), sequence(utf8("CPS")), context(1, sequence(octets(b"\xd1\x01"))))
    assert not entries.data_objects(entry)[0].private


class TestVariants:
    """What the standard allows and other cards write."""

    def test_maximum_lengths_of_a_code_may_be_absent(self) -> None:
        attributes = sequence(bit_string(4), tlv(0x0A, b"\1"), integer(4), integer(8))
        entry = sequence(sequence(utf8("PIN")), sequence(octets(b"\1")), context(1, attributes))
        pin = schema.pins(entry)[0]
        assert (pin.minimum, pin.maximum, pin.reference) == (4, 8, 0)

    def test_a_code_without_flags_is_not_the_security_officer_s(self) -> None:
        attributes = sequence(tlv(0x0A, b"\1"), integer(4), integer(8), integer(8), tlv(0x80, b"\5"))
        entry = sequence(sequence(utf8("PIN")), sequence(octets(b"\1")), context(1, attributes))
        pin = schema.pins(entry)[0]
        assert (pin.reference, pin.security_officer) == (5, False)

    def test_a_reference_with_a_leading_zero(self) -> None:
        attributes = sequence(bit_string(4), tlv(0x0A, b"\1"), integer(4), integer(8), tlv(0x80, b"\0\x81"))
        entry = sequence(sequence(utf8("PIN")), sequence(octets(b"\1")), context(1, attributes))
        assert schema.pins(entry)[0].reference == 0x81

    def test_an_empty_code_is_never_allowed(self) -> None:
        attributes = sequence(bit_string(4), tlv(0x0A, b"\1"), integer(0), integer(8), integer(8))
        entry = sequence(sequence(utf8("PIN")), sequence(octets(b"\1")), context(1, attributes))
        assert schema.pins(entry)[0].minimum == 1

    def test_two_codes_of_any_allowed_length_fit_in_one_command(self) -> None:
        attributes = sequence(bit_string(4), tlv(0x0A, b"\1"), integer(4), integer(1000), integer(1000))
        entry = sequence(sequence(utf8("PIN")), sequence(octets(b"\1")), context(1, attributes))
        assert 2 * schema.pins(entry)[0].maximum <= 255

    @pytest.mark.parametrize(
        ("flags", "tail", "padding"),
        [
            (bit_string(4), octets(b"\xff"), (0, 0xFF, 20)),
            (bit_string(4, 5), octets(b"\xff"), (12, 0xFF, 12)),
            (quirky_bit_string(5, 7), octets(b"\x20"), (12, 0x20, 12)),
            (bit_string(5), b"", (12, 0, 12)),
        ],
        ids=["not wanted", "wanted", "wanted of the security officer", "no filler named"],
    )
    def test_a_code_may_be_kept_with_a_filler(self, flags: bytes, tail: bytes, padding: tuple[int, int, int]) -> None:
        lengths = integer(4), integer(12), integer(20)
        attributes = sequence(flags, tlv(0x0A, b"\1"), *lengths, tlv(0x80, b"\1"), tail)
        (pin,) = schema.pins(sequence(sequence(utf8("PIN")), sequence(octets(b"\1")), context(1, attributes)))
        assert (pin.padded_to, pin.filler, pin.maximum) == padding

    @pytest.mark.parametrize("parse", [schema.pins, entries.private_keys, entries.public_keys])
    def test_other_kinds_of_entries_are_passed_over(self, parse: Callable[[bytes], list[object]]) -> None:
        assert parse(context(0, sequence(utf8("elliptic key"))) + context(1, octets(b""))) == []

    @pytest.mark.parametrize("parse", [entries.certificates, entries.data_objects])
    def test_other_kinds_of_certificates_and_data_too(self, parse: Callable[[bytes], list[object]]) -> None:
        assert parse(context(0, sequence(utf8("attribute certificate")))) == []

    def test_a_path_with_index_and_length(self) -> None:
        location = sequence(octets(b"\xa0\x01"), integer(4), tlv(0x80, b"\x05\x00"))
        entry = sequence(sequence(utf8("x")), sequence(octets(b"\1")), context(1, sequence(location)))
        (found,) = entries.certificates(entry)
        assert parts(absolute(found.path, path(""))) == (path("A001"), 4, 0x500)
        assert schema.directory_paths(context(4, location)) == {0xA4: [found.path]}


GOOD_KEY = written.private_keys([written.KeyEntry("key", b"\1", 0x81, (9,), (5,))])
BITS = b"\x02\x02\x08\x00"
COMMON = sequence(utf8("x"))


def key_of(modulus_bits: bytes) -> bytes:
    return sequence(COMMON, sequence(octets(b"\1")), context(1, sequence(sequence(octets(b"")), modulus_bits)))


def pin_of(*lengths: bytes) -> bytes:
    return sequence(COMMON, sequence(octets(b"\1")), context(1, sequence(bit_string(4), *lengths)))


@pytest.mark.parametrize(
    ("parse", "content"),
    [
        (schema.directory_paths, context(0, octets(b"\x70\x02"))),  # no SEQUENCE around the path
        (schema.directory_paths, context(0)),
        (schema.directory_paths, context(0, sequence(octets(b"\x70\x02"), tlv(0x02, b"\xff")))),  # from byte -1 on
        (schema.directory_paths, context(0, sequence(octets(b"\x70\x02"), integer(0x8001)))),
        (schema.directory_paths, context(0, sequence(octets(b"\x70\x02"), tlv(0x80, bytes(9) + b"\xff" * 9)))),
        (schema.directory_paths, context(0, sequence(octets(b"\xff\xff\x00")))),
        (schema.token_info, b""),
        (schema.token_info, utf8("no sequence")),
        (schema.pins, sequence()),
        (schema.pins, sequence(COMMON)),
        (schema.pins, sequence(COMMON, sequence())),  # no type attributes
        (schema.pins, sequence(COMMON, sequence(), context(1))),
        (schema.pins, sequence(COMMON, sequence(), context(1, sequence(bit_string(0), integer(4))))),
        (schema.pins, sequence(COMMON, sequence(), context(1, sequence(bit_string(5), integer(4), integer(128))))),
        (entries.private_keys, sequence(COMMON, sequence(octets(b"\1")))),
        (entries.private_keys, sequence(COMMON, sequence(octets(b"\1")), context(1, utf8("no path")))),
        (entries.private_keys, GOOD_KEY[:-1]),
        (entries.private_keys, GOOD_KEY.replace(BITS, b"\x02\x02\x80\x00")),  # a modulus of -32768 bits
        (entries.private_keys, GOOD_KEY.replace(BITS, b"\x02\x02\x7f\xff")),
        (entries.private_keys, GOOD_KEY.replace(BITS, integer(4097))),
        (entries.private_keys, GOOD_KEY.replace(BITS, integer(511))),
        (entries.private_keys, GOOD_KEY.replace(BITS, integer(0))),
        (entries.private_keys, key_of(integer(1 << 20000))),  # which has no decimal digits for Python
        (schema.pins, pin_of(integer(1 << 64), integer(1 << 64))),
        (schema.pins, pin_of(integer(128), integer(200))),  # longer than a command carries
        (schema.pins, pin_of(tlv(0x02, b"\xff"), integer(8))),
        (schema.pins, pin_of(integer(4), tlv(0x02, b"\xff"))),
        (schema.pins, pin_of(integer(8), integer(4))),
        (entries.certificates, sequence(COMMON, sequence(), context(1, sequence(sequence(octets(b"")))))),  # no iD
        (entries.certificates, sequence(COMMON, sequence(octets(b"\1")), context(1))),
        (entries.certificates, sequence(COMMON, sequence(octets(b"\1")), context(1, sequence(sequence(sequence()))))),
        (entries.data_objects, sequence(COMMON)),
    ],
)
def test_a_damaged_directory_is_refused(parse: Callable[[bytes], object], content: bytes) -> None:
    with pytest.raises(TlvError):
        parse(content)


@pytest.mark.parametrize("bits", [512, 1024, 2048, 4096])
def test_keys_of_any_length_that_a_card_may_have(bits: int) -> None:
    assert entries.private_keys(key_of(integer(bits)))[0].modulus_bits == bits


def test_a_label_without_end_is_cut() -> None:
    entry = sequence(sequence(utf8("x" * 30000)), sequence(octets(b"\1")), context(1, sequence(sequence(octets(b"")))))
    assert entries.certificates(entry)[0].label == "x" * schema.MAX_TEXT
    assert schema.token_info(sequence(tlv(0x80, b"y" * 30000)))[1] == "y" * schema.MAX_TEXT


def test_the_date_of_the_directory_is_kept_as_it_stands() -> None:
    date = b"20260101000000Z"
    assert schema.last_update(sequence(integer(0), tlv(0x85, date))) == date
    assert schema.last_update(sequence(integer(0), tlv(0xA5, tlv(0x18, date)))) == tlv(0x18, date)
    assert schema.last_update(sequence(integer(0))) == b""
