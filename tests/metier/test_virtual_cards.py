"""The virtual cards are a second reading of the same formats: the decoder understands all that they hold."""

import pytest

from conformance.vcard.contents import ACTIVITIES
from conformance.vcard.identity import identity
from cryptolib.cryptoki.constants import CKA_CLASS, CKA_LABEL, CKA_VALUE, CKO_CERTIFICATE, CKO_DATA, CKU_USER
from cryptolib.metier.card import Card, card
from cryptolib.metier.record import Unknown
from cryptolib.metier.subject import Author
from cryptolib.metier.use import Use
from tests.support import CARDS, PIN, opened, secret

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


@pytest.mark.parametrize("name", CARDS)
def test_everything_of_known_format_is_understood_whole(name: str) -> None:
    records = read(name).records
    assert {each.label for each in records if isinstance(each, Unknown)} <= WITHOUT_FORMAT
    assert [each for each in records if each.rest or each.tail or each.missing] == []
    assert len(records) > 8


@pytest.mark.parametrize("name", CARDS)
def test_the_card_says_what_it_was_made_with(name: str) -> None:
    said, holder, issued = read(name), identity(name).holder, ACTIVITIES[name]
    assert (said.national_identifier, said.number, said.test) == (holder.number, f"28{holder.serial}", True)
    assert (said.identifiers_agree, said.author) == (True, Author(holder.surname, holder.given, False))
    assert said.role is not None and said.role.label == holder.title
    assert said.savoir_faire is not None and said.savoir_faire.code == holder.speciality
    assert [(each.number, each.situation.structure_name) for each in said.practices] == [
        (activity.number, activity.structure) for activity in issued
    ]
    assert [bool(each.billing) for each in said.practices] == [activity.bills for activity in issued]
    assert {each.use for each in said.certificates} == {Use.SIGNATURE, Use.AUTHENTICATION}
