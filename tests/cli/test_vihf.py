"""The content of a VIHF for each family of cards, missing values, and the canonical form."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from cryptolib.cli.vihf.assertion import (
    BILLING,
    IDENTIFIER,
    PATIENT,
    ROLE,
    SECOND_ROLE,
    SECTOR,
    SOFTWARE,
    STRUCTURE,
    SUBJECT_ID,
    Additions,
    Content,
    Role,
    Shape,
    assertion,
    content,
)
from cryptolib.cli.vihf.xml import Element, canonical, element
from cryptolib.cli.vihf.xml_signature import signed
from cryptolib.metier.card import Card, card
from cryptolib.metier.certificate import parse
from tests.metier import examples
from tests.metier.families import FAMILIES
from tests.support import SIGNATURE, certificate

NOW = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
SECRETARY = Additions(roles=(Role("X", "1.2", "Secrétaire"),))


def family(name: str) -> Card:
    return card(FAMILIES[name].objects, FAMILIES[name].certificates)


def said(held: Card, number: int = 1, shape: Shape = Shape.DMP, additions: Additions | None = None) -> Content:
    practice = next((each for each in held.practices if each.number == number), None)
    return content(shape, held, practice, additions or Additions())


def codes(of: Content) -> list[str]:
    return [value.attributes["code"] for value in of.attributes[ROLE] if isinstance(value, Element)]


def test_a_doctor_has_profession_and_savoir_faire() -> None:
    doctor = said(family("cps-doctor"))
    assert (doctor.missing, doctor.missing_software) == ((), SOFTWARE)
    assert codes(doctor) == ["10", "SM26"]
    assert doctor.attributes[STRUCTURE] == ("499900000017001",)
    assert doctor.attributes[SECTOR] == ("SA07^1.2.250.1.71.4.2.4",)
    assert doctor.attributes[SUBJECT_ID] == ("JEANNE EXEMPLE",)


def test_a_pharmacist_has_profession_and_section() -> None:
    pharmacist = said(family("cps-pharmacist"))
    assert (pharmacist.missing, codes(pharmacist)[0], len(codes(pharmacist))) == ((), "21", 2)


def test_a_doctor_without_savoir_faire_is_refused_by_the_dmp() -> None:
    information = bytes.fromhex("ED21 800200A0 810C383939393030303030303137 82010A 830100 84074558454D504C45")
    objects = {**FAMILIES["cps-doctor"].objects, "CPS_INFO_PS": information}
    assert said(card(objects, FAMILIES["cps-doctor"].certificates)).missing == (SECOND_ROLE,)


def test_a_cpe_has_no_role_of_its_own() -> None:
    assert said(family("cpe")).missing == (ROLE,)
    assert said(family("cpe"), additions=SECRETARY).missing == ()


def test_a_card_without_a_name_has_the_names_that_stand_for_it() -> None:
    assert said(family("cpe-service"), additions=SECRETARY).attributes[SUBJECT_ID] == (
        "3990000047-SERV-001 CENTRE HOSPITALIER FICTIF",
    )


def test_an_empty_card_lacks_everything() -> None:
    assert said(card({})).missing == (STRUCTURE, SECTOR, SUBJECT_ID, ROLE, IDENTIFIER)
    assert said(card({}), shape=Shape.TLSI).missing == (BILLING, IDENTIFIER)


def test_what_the_card_says_is_not_replaced() -> None:
    with pytest.raises(ValueError, match=STRUCTURE):
        said(family("cps-doctor"), additions=Additions(attributes={STRUCTURE: "1"}))
    added = said(family("cps-doctor"), additions=Additions(attributes={"LPS_Nom": "Essai"}))
    assert (added.attributes["LPS_Nom"], "LPS_Nom" in added.missing_software) == (("Essai",), False)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("279035121518989", "279035121518989^^^&1.2.250.1.213.1.4.8&ISO^NH"),
        ("2^^^&1.2.250.1.213.1.4.9&ISO^NH", "2^^^&1.2.250.1.213.1.4.9&ISO^NH"),
    ],
)
def test_the_patient_is_named_with_an_authority(given: str, value: str) -> None:
    real = family("cps-doctor")  # not a test card
    assert said(real, additions=Additions(patient=given)).attributes[PATIENT] == (value,)
    assert PATIENT not in said(real).attributes


def test_tlsi_names_the_kind_of_card() -> None:
    doctor = said(family("cps-doctor"), shape=Shape.TLSI)
    assert (doctor.qualifier, list(doctor.attributes), doctor.missing) == ("CPS", [BILLING], ())
    assert said(family("cpe"), shape=Shape.TLSI).qualifier == "CDE-CPE"


# --- XML


def whole(text: str = "<&>") -> Element:
    signer = parse(certificate("cps4", SIGNATURE))
    assert signer
    held = said(family("cps-doctor"), additions=Additions(attributes={"LPS_Nom": text}))
    return assertion(held, signer, NOW)


@pytest.mark.parametrize("text", ["<&>\"'", "é \u2028 \U0001f600", "line\r\nand\ttab", "]]>"])
def test_what_is_written_is_its_own_canonical_form(text: str) -> None:
    """Canonical XML 2.0 of the standard library is, without its options, the exclusive one of 1.0."""
    for each in (whole(text), signed(whole(text), b"certificate", lambda message: message[:4])):
        assert ET.canonicalize(canonical(each)) == canonical(each)


@pytest.mark.parametrize("value", ['"<&>', "a\r\n\tb", "é"])
def test_attributes_are_in_canonical_form_and_order(value: str) -> None:
    each = Element("saml2:A", {"xsi:type": "CE", "b": value, "A": "1"}, (element("Role", code="1"),))
    assert ET.canonicalize(canonical(each)) == canonical(each)
    assert ET.fromstring(canonical(each)).get("b") == value


def test_moments_are_in_milliseconds_of_utc() -> None:
    made = whole()
    assert made.attributes["IssueInstant"] == "2026-06-01T12:00:00.123Z"
    conditions = next(each for each in made.content if isinstance(each, Element) and each.name == "saml2:Conditions")
    assert conditions.attributes["NotOnOrAfter"] == "2026-06-01T12:05:00.123Z"


def test_no_two_assertions_have_the_same_name() -> None:
    assert whole().attributes["ID"] != whole().attributes["ID"]
    assert whole().attributes["ID"].startswith("_")


def test_the_signature_stands_behind_the_issuer_and_covers_the_rest() -> None:
    seen: list[bytes] = []

    def sign(message: bytes) -> bytes:
        seen.append(message)
        return b"signature"

    made = signed(whole(), b"certificate", sign)
    names = [each.name for each in made.content if isinstance(each, Element)]
    assert names[:3] == ["saml2:Issuer", "ds:Signature", "saml2:Subject"]
    (info,) = seen
    assert info.startswith(b'<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">')
    assert info.decode().replace(' xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', "", 1) in canonical(made)


def test_the_example_of_the_specification_is_a_practice() -> None:
    held = card({"CPS_INFO_PS": examples.HOLDER_CPS, "CPS_ACTIVITY_01_PS": examples.SITUATION})
    assert said(held).attributes[STRUCTURE] == ("499900000017001",)
