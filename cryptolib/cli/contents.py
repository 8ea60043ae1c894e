"""What a card holds, read over PKCS#11 and decoded: the données métier and the certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pkcs11 import Attribute, ObjectClass

from cryptolib.cli.cards import Card
from cryptolib.metier import card as metier

if TYPE_CHECKING:
    from pkcs11 import Session


def data_objects(session: Session) -> dict[str, bytes]:
    """The values of the data objects that this session sees, by their labels."""
    found = session.get_objects({Attribute.CLASS: ObjectClass.DATA})
    return {each[Attribute.LABEL]: each[Attribute.VALUE] for each in found}


def contents(card: Card, session: Session | None) -> metier.Card:
    """Without a session, what its certificates say."""
    objects = data_objects(session) if session else {}
    return metier.card(objects, [(each.entry.label, each.entry.der) for each in card.certificates])
