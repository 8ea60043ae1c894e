"""Whose a certificate is, what for and until when, in every shape that the certificates of cards have."""

from __future__ import annotations

import random

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from conformance.virtual_card.identity import identity
from cryptolib.metier.certificate import Certificate, parse
from cryptolib.metier.chain import chain
from cryptolib.metier.codes import Code
from cryptolib.metier.family import Family
from cryptolib.metier.subject import Author, Subject, subject
from cryptolib.metier.use import Use, use
from tests.metier.certificates import (
    AUTHENTICATION,
    AUTHORITY,
    CARD_TYPE,
    EMPLOYEE,
    ENCRYPTION,
    END,
    FORMER_PROFESSIONAL,
    ORGANISATION,
    PROFESSIONAL,
    SERVICE,
    SIGNATURE,
    START,
    TECHNICAL,
    Parts,
    issue,
)

ROLES = [(card, role) for card in ("cps3", "cps4") for role in identity(card).credentials]
SHAPES: dict[str, Parts] = {
    "CPS": PROFESSIONAL,
    "former CPS": FORMER_PROFESSIONAL,
    "CPE": EMPLOYEE,
    "service": SERVICE,
    "organisation": ORGANISATION,
}


def parsed(data: bytes) -> Certificate:
    certificate = parse(data)
    assert certificate is not None
    return certificate


def said(parts: Parts) -> Subject:
    return subject(parsed(issue(parts, SIGNATURE)).subject)


@pytest.mark.parametrize(("card", "role"), ROLES)
def test_a_certificate_of_a_virtual_card_is_read_as_cryptography_reads_it(card: str, role: str) -> None:
    issued = identity(card).credentials[role].certificate
    ours, theirs = parsed(issued), x509.load_der_x509_certificate(issued)
    assert int(ours.serial_number, 16) == theirs.serial_number
    assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
    assert (ours.subject.raw, ours.issuer.raw) == (theirs.subject.public_bytes(), theirs.issuer.public_bytes())
    assert {each.oid for each in ours.extensions} == {each.oid.dotted_string for each in theirs.extensions}
    usages = theirs.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(ours.extended_key_usages) == [usage.dotted_string for usage in usages]
    assert str(ours.subject) == theirs.subject.rfc4514_string(
        {
            x509.NameOID.TITLE: "title",
            x509.NameOID.GIVEN_NAME: "GN",
            x509.NameOID.SURNAME: "SN",
        }
    )


@pytest.mark.parametrize("text", ["a,b+c", '"x"', "#1", " x ", "a;<b>", "back\\slash", "é=€", "a\0b", " "])
def test_a_name_is_written_as_rfc_4514_has_it(text: str) -> None:
    issued = issue([[("C", "FR")], [("CN", text), ("SN", "EXEMPLE")]], SIGNATURE)
    theirs = x509.load_der_x509_certificate(issued).subject.rfc4514_string({x509.NameOID.SURNAME: "SN"})
    assert str(parsed(issued).subject) == theirs


def test_a_cps_names_a_professional() -> None:
    holder = said(PROFESSIONAL)
    assert holder.national_identifier == "899900000017"
    assert str(holder.identifier_type) == "N° RPPS (8)"
    assert (holder.title, holder.nominative) == ("Médecin", True)
    assert holder.author == Author("EXEMPLE", "JEANNE", False)
    assert (holder.structure_identifier, holder.structure_type) == (None, None)


@pytest.mark.parametrize("seed", range(6))
def test_the_attributes_of_a_part_stand_in_any_order(seed: int) -> None:
    parts = [list(part) for part in PROFESSIONAL]
    random.Random(seed).shuffle(parts[-1])
    random.Random(seed).shuffle(parts)
    assert said(parts) == said(PROFESSIONAL)
    apart = [[attribute] for part in parts for attribute in part]
    assert said(apart) == said(PROFESSIONAL)


def test_the_former_authority_wrote_the_profession_elsewhere() -> None:
    holder = said(FORMER_PROFESSIONAL)
    assert (holder.title, holder.organization) == ("Médecin", "ORGANISME D'ESSAI (TEST)")
    assert (holder.national_identifier, holder.structure_identifier) == ("899900000017", None)


def test_a_cpe_names_a_person_and_a_structure() -> None:
    holder = said(EMPLOYEE)
    assert (holder.national_identifier, holder.nominative) == ("3990000047/EMP0042", True)
    assert (holder.structure_identifier, holder.organization) == ("1990000047", "CENTRE HOSPITALIER FICTIF")
    assert str(holder.structure_type) == "FINESS (1)"
    assert (holder.department, holder.title) == ("Département fictif (99)", None)


def test_a_card_without_a_name_has_an_author_all_the_same() -> None:
    holder = said(SERVICE)
    assert (holder.nominative, holder.pseudonym, holder.title) == (False, "ACCUEIL 1", "Carte de service")
    assert (holder.surname, holder.given_name) == (None, None)
    assert holder.author == Author("CENTRE HOSPITALIER FICTIF", "3990000047-SERV-001", True)


def test_an_organisation_has_no_national_identifier() -> None:
    holder = said(ORGANISATION)
    assert (holder.national_identifier, holder.identifier_type) == (None, None)
    assert (holder.common_name, holder.structure_identifier) == ("messagerie.essai.invalid", "1990000047")


@pytest.mark.parametrize(
    ("usages", "label", "expected"),
    [
        (SIGNATURE, "", Use.SIGNATURE),
        (SIGNATURE, "Certificat Technique CPS", Use.SIGNATURE),
        (AUTHENTICATION, "", Use.AUTHENTICATION),
        (TECHNICAL, "Certificat Technique CPS", Use.TECHNICAL),
        (TECHNICAL, "", Use.AUTHENTICATION),
        (ENCRYPTION, "", Use.ENCRYPTION),
        (AUTHORITY, "", Use.AUTHORITY),
        ((), "Certificat de Signature CPS", Use.UNKNOWN),
    ],
)
def test_what_a_certificate_is_for(usages: tuple[str, ...], label: str, expected: Use) -> None:
    assert use(parsed(issue(PROFESSIONAL, usages or ("crl_sign",))), label) is expected


def test_what_a_damaged_certificate_is_for_stands_on_its_label() -> None:
    labels = ["Certificat de Signature CPS", "Certificat d'Authentification CPS", "Certificat Technique CPS", ""]
    assert [use(None, label) for label in labels] == [Use.SIGNATURE, Use.AUTHENTICATION, Use.TECHNICAL, Use.UNKNOWN]


@pytest.mark.parametrize(
    ("value", "family", "code"),
    [
        ("020100", Family.CPS, "00"),
        ("040101", Family.CPF, "01"),
        ("020102", Family.CPE, "02"),
        ("020103", Family.CPA, "03"),
        ("020107", None, "07"),
        ("02020000", None, None),
        ("0201", None, None),
        ("", None, None),
    ],
)
def test_the_family_stands_in_an_extension(value: str, family: Family | None, code: str | None) -> None:
    certificate = parsed(issue(PROFESSIONAL, SIGNATURE, extensions=[(CARD_TYPE, bytes.fromhex(value))]))
    assert certificate.family is family
    assert certificate.card_type == (Code(code, "G02") if code else None)


def test_a_certificate_without_that_extension_has_no_family() -> None:
    assert parsed(issue(PROFESSIONAL, SIGNATURE)).family is None


def test_filler_behind_a_certificate_is_left_out() -> None:
    issued = issue(PROFESSIONAL, SIGNATURE)
    assert parsed(issued + bytes(100)) == parsed(issued)
    assert parsed(issued).raw == issued
    assert (parsed(issued).not_before, parsed(issued).not_after) == (START, END)


@pytest.mark.parametrize("data", [b"", b"\x30", bytes(64), b"\xff" * 64, bytes.fromhex("3003020100"), b"\x30\x00"])
def test_what_is_no_certificate_is_none(data: bytes) -> None:
    assert parse(data) is None


def asked_everything(data: bytes) -> None:
    certificate = parse(data)
    if certificate is not None:
        holder = subject(certificate.subject)
        assert use(certificate) in Use
        assert (str(certificate.subject), certificate.family, holder.author, repr(certificate)) is not None
        assert chain(certificate, [certificate]).certificates[0] is certificate


GOOD = [issue(parts, AUTHENTICATION, extensions=[(CARD_TYPE, b"\x02\x01\x00")]) for parts in SHAPES.values()]


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_none(data: bytes) -> None:
    asked_everything(data)


@pytest.mark.parametrize("seed", range(100))
def test_damaged_certificates(seed: int) -> None:
    chance = random.Random(seed)
    for good in GOOD:
        for _ in range(10):
            damaged = bytearray(good)
            for _ in range(chance.randint(1, 4)):
                damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            asked_everything(bytes(damaged))


@pytest.mark.parametrize("digits", ["241315000000Z", "2401150000 0Z", "240115000000+"])
def test_a_certificate_without_readable_dates_is_none(digits: str) -> None:
    issued = issue(PROFESSIONAL, SIGNATURE)
    start = START.strftime("%y%m%d%H%M%SZ").encode()
    assert issued.count(start) == 1
    assert parse(issued.replace(start, digits.encode())) is None
