"""The families of cards, and their codes in nomenclature G02."""

from __future__ import annotations

from enum import StrEnum

from cryptolib.metier.codes import Code


class Family(StrEnum):
    """CPS of a professional, CPF of one in training, CPE of an employee, CPA of an authorised person."""

    CPS = "CPS"
    CPF = "CPF"
    CPE = "CPE"
    CPA = "CPA"


_FAMILIES = {"00": Family.CPS, "01": Family.CPF, "02": Family.CPE, "03": Family.CPA}


def family_of(card_type: Code | None) -> Family | None:
    """The family of a code of nomenclature G02; None for another code."""
    return _FAMILIES.get(card_type.code) if card_type else None
