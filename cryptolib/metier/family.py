"""The families of cards, and the code of the type of card that means each."""

from __future__ import annotations

from enum import StrEnum

from cryptolib.metier.codes import Code


class Family(StrEnum):
    """The four cards: of a professional, of one in training, of an employee, of an authorised person."""

    CPS = "CPS"
    CPF = "CPF"
    CPE = "CPE"
    CPA = "CPA"


_FAMILIES = {"00": Family.CPS, "01": Family.CPF, "02": Family.CPE, "03": Family.CPA}


def family_of(card_type: Code | None) -> Family | None:
    """The family that a code of nomenclature G02 means."""
    return _FAMILIES.get(card_type.code) if card_type else None
