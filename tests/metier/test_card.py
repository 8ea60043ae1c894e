"""The properties of a whole card, for a card of each family."""

import pytest

from conformance.virtual_card.tlv import tlv
from cryptolib.metier.card import Card, card
from cryptolib.metier.family import Family
from cryptolib.metier.subject import Author
from cryptolib.metier.use import Use
from tests.metier import examples
from tests.metier.families import FAMILIES


def family_card(name: str) -> Card:
    return card(FAMILIES[name].objects, FAMILIES[name].certificates)


def without_certificates(name: str) -> Card:
    return card(FAMILIES[name].objects)


@pytest.mark.parametrize(
    ("name", "family", "identifier", "nominative"),
    [
        ("cps-doctor", Family.CPS, "899900000017", True),
        ("cps-pharmacist", Family.CPS, "899900000033", True),
        ("cpf", Family.CPF, "899900000025", True),
        ("cpe", Family.CPE, "3990000047/EMP0042", True),
        ("cpe-service", Family.CPE, "3990000047/SERV.001", False),
        ("cpa", Family.CPA, "3990000047/AUT0007", True),
    ],
)
def test_the_card_names_its_holder(name: str, family: Family, identifier: str, nominative: bool) -> None:
    said = family_card(name)
    assert (said.family, said.national_identifier, said.nominative) == (family, identifier, nominative)
    assert said.identifiers_agree is True
    assert [each.use for each in said.certificates] == [Use.SIGNATURE, Use.AUTHENTICATION]
    by_certificate = card({}, FAMILIES[name].certificates)
    assert (by_certificate.family, by_certificate.national_identifier) == (family, identifier)
    assert without_certificates(name).family is family


@pytest.mark.parametrize(
    ("name", "role", "savoir_faire"),
    [
        ("cps-doctor", "Médecin (10)", "SM26"),
        ("cps-pharmacist", "Pharmacien (21)", None),
        ("cpf", "Médecin en formation (10)", None),
        ("cpe", None, None),
        ("cpa", None, None),
    ],
)
def test_the_roles_of_a_vihf(name: str, role: str | None, savoir_faire: str | None) -> None:
    said = family_card(name)
    assert (str(said.role) if said.role else None) == role
    assert (said.savoir_faire.code if said.savoir_faire else None) == savoir_faire


def test_a_doctor_with_two_situations_and_a_hole() -> None:
    doctor = family_card("cps-doctor")
    assert [practice.number for practice in doctor.practices] == [1, 3]
    assert doctor.holes == (2,)
    first, second = doctor.practices
    assert first.billing is not None and first.billing.identifier == "999999998"
    assert (second.situation.structure_identifier, second.billing) == ("1990000039", None)
    assert doctor.update is not None and doctor.update.start is not None


def test_a_pharmacist_has_a_section_of_the_tableau() -> None:
    (practice,) = family_card("cps-pharmacist").practices
    assert str(practice.situation.pharmacy_section) == "Pharmacien titulaire d'officine (A)"


def test_an_empty_situation_is_a_hole() -> None:
    said = card({"CPS_ACTIVITY_01_PS": bytes(64), "CPS_ACTIVITY_02_PS": examples.SITUATION})
    assert ([practice.number for practice in said.practices], said.holes) == ([2], (1,))


def test_a_test_card_and_a_real_one() -> None:
    assert family_card("cps-doctor").test is False
    assert family_card("cpf").test is True
    assert card({}).test is None


def test_the_author_is_whom_the_original_shows() -> None:
    assert family_card("cps-doctor").author == Author("EXEMPLE", "JEANNE", False)
    assert without_certificates("cps-doctor").author == Author("EXEMPLE", "JEANNE", False)


def test_a_card_without_a_name_says_so_and_has_an_author() -> None:
    service = family_card("cpe-service")
    assert service.author == Author("CENTRE HOSPITALIER FICTIF", "3990000047-SERV-001", True)
    assert (without_certificates("cpe-service").nominative, without_certificates("cpe-service").author) == (None, None)


def test_an_identifier_that_the_certificates_do_not_have() -> None:
    other = card({"CPS_INFO_PS": examples.HOLDER_CPS}, FAMILIES["cpf"].certificates)
    assert (other.identifiers_agree, other.national_identifier) == (False, "899900000017")
    assert without_certificates("cps-doctor").identifiers_agree is None


def test_a_card_that_says_nothing() -> None:
    said = card({})
    assert (said.family, said.national_identifier, said.role, said.savoir_faire, said.author) == (None,) * 5
    assert (said.number, said.issued, said.expires, said.nominative, said.holes) == (None, None, None, None, ())
    assert (said.practices, said.records, said.certificates, said.update) == ((), (), (), None)


def test_objects_in_other_containers_and_damaged_certificates_are_kept() -> None:
    objects = {"CPS_INFO_PS": tlv(0xE9, b"?"), "CPS_ACTIVITY_01_PS": b"\x01", "CPS_ID_CARD": b"\x80"}
    said = card(objects, [("Certificat de Signature CPS", b"?")])
    assert {record.label: record.raw for record in said.records} == objects
    assert (said.holder, said.identity, said.practices) == (None, None, ())
    (entry,) = said.certificates
    assert (entry.label, entry.certificate, entry.use) == ("Certificat de Signature CPS", None, Use.SIGNATURE)
    assert entry.der == b"?"
    assert said.subject is None
