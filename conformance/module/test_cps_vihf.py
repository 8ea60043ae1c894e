"""`cps vihf`: the assertion of each family of cards, looked at by xmlsec1 and by the schema of SAML."""

import base64
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.testbed.cards import PIN, WRONG_PIN, Card
from conformance.testbed.cps_command import (
    FAILURE,
    NO_CARD,
    OK,
    REFUSED,
    USAGE,
    WARNING,
    WRONG_CODE,
    Answer,
    Cps,
    at_a_terminal,
)
from conformance.testbed.rig import Rig
from conformance.testbed.signatures import authority_of, complaints_of_schema, xmlsec_verifies
from conformance.virtual_card.contents import ACTIVITIES
from conformance.virtual_card.identity import identity

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
HL7 = "{urn:hl7-org:v3}"
CERTIFICATE = ".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
SUBJECT_ID = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
SECRETARY = ("--role", "SECRETARIAT_MEDICAL^1.2.250.1.213.1.1.4.6")
WHERE = ("--attribute=Identifiant_Structure=1990000047", "--attribute=Secteur_Activite=SA01^1.2.250.1.71.4.2.4")
BILLING = ("--attribute=identifiantFacturation=999999901",)
SOFTWARE = tuple(
    f"--attribute={name}={value}"
    for name, value in (
        ("LPS_ID", "1"), ("LPS_Nom", "Essai & <Compagnie>"), ("LPS_Version", "2.0"), ("LPS_ID_HOMOLOGATION_DMP", "X-1"),
    )
)  # fmt: skip


@pytest.fixture
def cps(rig: Rig) -> Cps:
    return Cps({**rig.env, "LC_ALL": "fr_FR.UTF-8"})


@pytest.fixture
def reader(rig: Rig) -> Iterator[Rig]:
    """The rig, for a test that puts something else into the reader; the card comes back."""
    yield rig
    rig.insert("cps4")


def vihf(cps: Cps, *options: str, code: bytes = PIN) -> Answer:
    return cps("vihf", *options, "--pin-fd", "0", typed=f"{code.decode()}\n")


def values(assertion: ET.Element, name: str) -> list[ET.Element]:
    return [
        value
        for attribute in assertion.iter(f"{SAML}Attribute")
        if attribute.get("Name") == name
        for value in attribute.iter(f"{SAML}AttributeValue")
    ]


def texts(assertion: ET.Element, name: str) -> list[str | None]:
    return [value.text for value in values(assertion, name)]


def codes(assertion: ET.Element) -> list[str | None]:
    return [role.get("code") for value in values(assertion, ROLE) for role in value.iter(f"{HL7}Role")]


PROFILES = pytest.mark.parametrize("profile", ["cps3", "cps4"])


@PROFILES
@pytest.mark.parametrize(
    ("holder", "options", "roles"),
    [
        ("", ("--situation", "1"), ["10", "SM"]),
        ("pharmacist", (), ["21", "A"]),
        ("cpf", WHERE, ["10"]),
        ("cpe", SECRETARY, ["SECRETARIAT_MEDICAL"]),
        ("cpe-service", SECRETARY, ["SECRETARIAT_MEDICAL"]),
    ],
)
def test_the_assertion_of_each_family_holds_and_matches_the_schema(
    cps: Cps, reader: Rig, tmp_path: Path, profile: str, holder: str, options: tuple[str, ...], roles: list[str]
) -> None:
    card = f"{profile}:{holder}" if holder else profile
    reader.insert(card)
    saved = tmp_path / "assertion.xml"
    answer = vihf(cps, *options, *SOFTWARE, "--save", str(saved))
    assert (answer.code, answer.complaint) == (OK, ""), answer
    assert xmlsec_verifies(saved, authority_of(card, tmp_path))
    assert complaints_of_schema(saved, tmp_path) == ""
    assert saved.stat().st_mode & 0o777 == 0o600
    assertion = ET.parse(saved).getroot()
    assert [code[: len(role)] for code, role in zip(codes(assertion), roles, strict=True) if code] == roles
    assert texts(assertion, "LPS_Nom") == ["Essai & <Compagnie>"]


@PROFILES
@pytest.mark.parametrize(
    ("holder", "options", "qualifier"),
    [
        ("", ("--situation", "1"), "CPS"),
        ("pharmacist", (), "CPS"),
        ("cpf", BILLING, "CPF"),
        ("cpe", BILLING, "CDE-CPE"),
        ("cpe-service", BILLING, "CDE-CPE"),
        ("cpa", BILLING, "CPA"),
    ],
)
def test_tlsi_takes_the_assertion_of_each_family(
    cps: Cps, reader: Rig, tmp_path: Path, profile: str, holder: str, options: tuple[str, ...], qualifier: str
) -> None:
    """It has the billing number, and the kind of the card as the qualifier of its subject."""
    card = f"{profile}:{holder}" if holder else profile
    reader.insert(card)
    saved = tmp_path / "assertion.xml"
    assert vihf(cps, "--shape", "tlsi", *options, "--save", str(saved)).code == OK
    assert xmlsec_verifies(saved, authority_of(card, tmp_path))
    assert complaints_of_schema(saved, tmp_path) == ""
    assertion = ET.parse(saved).getroot()
    name = assertion.find(f"{SAML}Subject/{SAML}NameID")
    assert name is not None
    assert (name.text, name.get("NameQualifier")) == (identity(card).holder.number, qualifier)
    assert [each.get("Name") for each in assertion.iter(f"{SAML}Attribute")] == ["identifiantFacturation"]


@PROFILES
def test_the_dmp_takes_none_of_a_cpa(cps: Cps, reader: Rig, profile: str) -> None:
    """Nobody is asked for the code, whatever else the software gives."""
    reader.insert(f"{profile}:cpa")
    reader.clear_log()
    answer = vihf(cps, *SECRETARY, *WHERE, *SOFTWARE)
    assert (answer.code, "CPA" in answer.text, "--shape tlsi" in answer.text) == (FAILURE, True, True)
    assert not [each for each in reader.log() if each.command[1] == 0x20 and len(each.command) > 5]
    assert vihf(cps, "--json").facts["failure"] == "failure.vihf_family"


def test_structure_and_sector_are_of_the_chosen_situation(cps: Cps, reader: Rig, tmp_path: Path) -> None:
    reader.insert("cps4")
    answer = vihf(cps, "--situation", "3", "--patient", "279035121518989")
    assertion = ET.fromstring(answer.text)
    assert answer.code == WARNING  # nothing describes the software
    assert "LPS_Nom" in answer.complaint
    assert texts(assertion, "Identifiant_Structure") == ["1990000047"]
    assert texts(assertion, "Secteur_Activite") == ["SA01^1.2.250.1.71.4.2.4"]
    assert texts(assertion, SUBJECT_ID) == ["Dominique EXEMPLE-QUATRE"]
    patient = texts(assertion, "urn:oasis:names:tc:xacml:2.0:resource:resource-id")
    assert patient == ["279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"]
    assert PIN.decode() not in answer.complaint


def test_it_is_signed_with_the_signature_key(cps: Cps, card: Card, tmp_path: Path) -> None:
    assertion = ET.fromstring(vihf(cps, "--situation", "1").text)
    answer = assertion.findtext(CERTIFICATE)
    assert answer and base64.b64decode(answer) == card.issued(card.signature)


def test_what_was_changed_afterwards_does_not_hold(cps: Cps, card: Card, tmp_path: Path) -> None:
    saved = tmp_path / "assertion.xml"
    saved.write_text(vihf(cps, "--situation", "1").text)
    authority = authority_of(card.name, tmp_path)
    assert xmlsec_verifies(saved, authority)
    saved.write_text(saved.read_text().replace("SA07", "SA08"))
    assert not xmlsec_verifies(saved, authority)


def test_a_holder_of_several_situations_chooses(cps: Cps, reader: Rig) -> None:
    reader.insert("cps4")
    for options in ((), ("--situation", "2")):
        answer = vihf(cps, *options)
        assert (answer.code, "1 MAISON DE SANTÉ" in answer.text, "--situation" in answer.text) == (USAGE, True, True)
    reader.insert("cps4:cpf")
    assert vihf(cps, "--situation", "1").code == USAGE


def test_what_is_missing_is_named_and_nothing_is_signed(cps: Cps, reader: Rig) -> None:
    reader.insert("cps4:cpf")
    answer = vihf(cps)
    assert (answer.code, "Identifiant_Structure, Secteur_Activite" in answer.text) == (FAILURE, True)
    assert vihf(cps, *WHERE, *SOFTWARE).code == OK
    reader.insert("cps4:cpe")
    reader.clear_log()
    answer = vihf(cps)
    assert (answer.code, ROLE in answer.text) == (FAILURE, True)
    assert not [each for each in reader.log() if each.command[1] == 0x2A]


def test_the_card_has_the_last_word(cps: Cps, card: Card) -> None:
    answer = vihf(cps, "--situation", "1", "--attribute", "Identifiant_Structure=1990000099")
    assert (answer.code, "Identifiant_Structure est sur la carte" in answer.text) == (USAGE, True)
    assert vihf(cps, "--situation", "1", "--attribute", "LPS_Nom").code == USAGE
    assert vihf(cps, "--situation", "1", "--role", "10").code == USAGE


def test_tlsi_wants_a_situation_that_bills(cps: Cps, reader: Rig) -> None:
    reader.insert("cps4")
    answer = vihf(cps, "--shape", "tlsi", "--situation", "3")
    assert (answer.code, "identifiantFacturation" in answer.text) == (FAILURE, True)


def test_for_programs(cps: Cps, card: Card) -> None:
    answer = vihf(cps, "--situation", "1", "--json").facts
    assert (answer["shape"], answer["situation"], answer["saved"]) == ("dmp", 1, None)
    assert answer["missing"][0] == "LPS_ID"
    assert ET.fromstring(answer["assertion"]).tag == f"{SAML}Assertion"


def test_the_card_at_the_antenna_signs_none(cps: Cps, reader: Rig) -> None:
    reader.insert("cps3cl")
    answer = cps("vihf")
    assert (answer.code, "pas de clé de signature" in answer.text) == (FAILURE, True)


def test_a_file_of_the_user_costs_no_try(cps: Cps, card: Card, rig: Rig, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    assert vihf(cps, "--situation", "1", "--save", str(mine), code=WRONG_PIN).code == REFUSED
    assert (mine.read_text(), rig.pin_tries) == ("mine", 3)
    assert (vihf(cps, "--situation", "1", code=WRONG_PIN).code, rig.pin_tries) == (WRONG_CODE, 2)


def test_the_code_is_typed_at_the_terminal(cps: Cps, card: Card) -> None:
    code, shown = at_a_terminal(cps, "vihf", "--situation", "1", *SOFTWARE, answers=[("Code porteur : ", PIN.decode())])
    assert (code, "<saml2:Assertion " in shown) == (OK, True)


def test_at_a_terminal_the_situation_is_chosen_from_a_list(cps: Cps, card: Card, tmp_path: Path) -> None:
    saved, question = tmp_path / "assertion.xml", "Situation d'exercice : "
    answers = [("Code porteur : ", PIN.decode()), (question, "9"), (question, "2")]
    code, shown = at_a_terminal(cps, "vihf", *SOFTWARE, "--save", str(saved), answers=answers)
    assert (code, "Il faut un numéro de 1 à 2." in shown) == (OK, True)
    assert texts(ET.parse(saved).getroot(), "Identifiant_Structure") == [ACTIVITIES[card.name][1].structure_identifier]


def test_without_a_card(cps: Cps, reader: Rig) -> None:
    reader.remove()
    assert cps("vihf", "--situation", "1").code == NO_CARD
