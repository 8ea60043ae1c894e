"""The virtual cards are a second reading of the same formats: the decoder understands all that they hold."""

import pytest

from conformance.virtual_card.contents import ACTIVITIES
from conformance.virtual_card.identity import HOLDERS, identity
from cryptolib.cryptoki.constants import CKA_CLASS, CKA_LABEL, CKA_VALUE, CKO_CERTIFICATE, CKO_DATA, CKU_USER
from cryptolib.metier.card import Card, card
from cryptolib.metier.family import Family
from cryptolib.metier.record import Unknown
from cryptolib.metier.subject import Author
from cryptolib.metier.use import Use
from tests.support import CARDS, PIN, opened, secret

ALL = [*CARDS, *(f"{profile}:{holder}" for profile in CARDS for holder in HOLDERS)]
WITHOUT_FORMAT = {"CPS_DATA", "CPS_LANG_PS", "CPS2TER_ATR", "CPS2TER_ICC", "CPS2TER_LANG", "CPS2TER_DIRAMO"}


def read(name: str) -> Card:
    """Everything on the card, as the module gives it to the holder."""
    token = opened(name)[1]
    token.log_in(CKU_USER, secret(PIN))
    objects, certificates = {}, []
    for item in token.objects().values():
        kind, label = int.from_bytes(item.value(CKA_CLASS), "little"), item.value(CKA_LABEL).decode()
        if kind == CKO_DATA:
            objects[label] = item.value(CKA_VALUE)
        elif kind == CKO_CERTIFICATE:
            certificates.append((label, item.value(CKA_VALUE)))
    return card(objects, certificates)


@pytest.mark.parametrize("name", ALL)
def test_everything_of_known_format_is_understood_whole(name: str) -> None:
    records = read(name).records
    assert {each.label for each in records if isinstance(each, Unknown)} <= WITHOUT_FORMAT
    assert [each for each in records if each.rest or each.tail or each.missing] == []
    assert len(records) >= 6


@pytest.mark.parametrize("name", ALL)
def test_the_card_says_what_it_was_made_with(name: str) -> None:
    who = identity(name)
    said, holder, issued = read(name), who.holder, ACTIVITIES[who.name]
    assert (said.national_identifier, said.number, said.test) == (holder.number, f"28{holder.serial}", True)
    assert said.identifiers_agree is True
    assert (said.savoir_faire.code if said.savoir_faire else "") == holder.speciality
    assert [(each.number, each.situation.structure_name) for each in said.practices] == [
        (activity.number, activity.structure) for activity in issued
    ]
    assert [bool(each.billing) for each in said.practices] == [activity.bills for activity in issued]
    assert {each.use for each in said.certificates} == {Use.SIGNATURE, Use.AUTHENTICATION}


@pytest.mark.parametrize(
    ("name", "family", "role", "author"),
    [
        ("cps3", Family.CPS, "Médecin (10)", Author("EXEMPLE-TROIS", "Camille", False)),
        ("cps4", Family.CPS, "Médecin (10)", Author("EXEMPLE-QUATRE", "Dominique", False)),
        ("cps4:pharmacist", Family.CPS, "Pharmacien (21)", Author("EXEMPLE-CINQ", "André", False)),
        ("cps3:cpf", Family.CPF, "Médecin en formation (10)", Author("EXEMPLE-SIX", "Alix", False)),
        ("cps4:cpe", Family.CPE, None, Author("EXEMPLE-SEPT", "Danièle", False)),
        ("cps3:cpe-service", Family.CPE, None, Author("CENTRE HOSPITALIER FICTIF", "3990000039-SERV-001", True)),
        ("cps4:cpa", Family.CPA, None, Author("EXEMPLE-NEUF", "Claude", False)),
    ],
)
def test_there_is_a_card_of_each_family(name: str, family: Family, role: str | None, author: Author) -> None:
    said = read(name)
    assert (said.family, said.author, said.nominative) == (family, author, not author.substituted)
    assert (str(said.role) if said.role else None) == role
    if ":" in name:
        assert {each.certificate.family for each in said.certificates if each.certificate} == {family}


def test_the_doctors_have_two_situations_and_one_of_them_a_hole() -> None:
    assert [len(read(name).practices) for name in CARDS] == [2, 2]
    assert [read(name).holes for name in CARDS] == [(), (2,)]


def test_the_pharmacist_has_a_section_of_the_tableau() -> None:
    (practice,) = read("cps4:pharmacist").practices
    assert str(practice.situation.pharmacy_section) == "Pharmacien titulaire d'officine (A)"
    assert practice.situation.sector_vihf == "SA33^1.2.250.1.71.4.2.4"
