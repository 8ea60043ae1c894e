"""The decoded contents of a card, read through PKCS#11: data objects and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pkcs11 import Attribute, ObjectClass

from cryptolib.cli.cards import Card
from cryptolib.metier import card as metier

if TYPE_CHECKING:
    from pkcs11 import Session


def data_objects(session: Session) -> dict[str, bytes]:
    """CKA_VALUE by CKA_LABEL of the data objects that this session sees."""
    found = session.get_objects({Attribute.CLASS: ObjectClass.DATA})
    return {each[Attribute.LABEL]: each[Attribute.VALUE] for each in found}


def contents(card: Card, session: Session | None) -> metier.Card:
    """The decoded card; without a session its certificates alone."""
    objects = data_objects(session) if session else {}
    return metier.card(objects, [(each.entry.label, each.entry.der) for each in card.certificates])
