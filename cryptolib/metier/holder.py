"""CPS_INFO_PS: who the holder is for others: national identifier, type of card, profession, savoir-faire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cryptolib.metier.codes import (
    FUTURE_PROFESSION,
    PERSON_IDENTIFIER_TYPE,
    PROFESSION,
    SAVOIR_FAIRE,
    TRADE,
    Code,
)
from cryptolib.metier.family import Family, family_of
from cryptolib.metier.formats import CARD_TYPE_AND_FLAGS, DECIMAL, TEXT, decimal_code, text_code
from cryptolib.metier.layout import Field, Layout
from cryptolib.metier.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyHolder(Record):
    """What both generations of the card say of their holder."""

    derived: ClassVar[tuple[str, ...]] = (
        "family",
        "identifier_type",
        "identifier",
        "future_profession",
        "trade",
        "role",
    )

    card_type: Code | None = None
    flags: bytes | None = None
    """Eight yes or no, the first one in the highest bit; what they mean is unknown."""
    national_identifier: str | None = None
    """PS_IdNat, the CN of the certificates: one character for the type, then the identifier."""
    profession: Code | None = None
    future_profession_or_trade: str | None = None
    """Two digits, whose meaning the type of card decides: see `future_profession` and `trade`."""
    practice_name: str | None = None
    """Nom d'exercice."""

    @property
    def family(self) -> Family | None:
        return family_of(self.card_type)

    @property
    def identifier_type(self) -> Code | None:
        return Code(self.national_identifier[0], PERSON_IDENTIFIER_TYPE) if self.national_identifier else None

    @property
    def identifier(self) -> str | None:
        """The national identifier without its type: the RPPS number, for instance."""
        return self.national_identifier[1:] if self.national_identifier else None

    @property
    def future_profession(self) -> Code | None:
        """Of the holder of a CPF."""
        return self._second_code(Family.CPF, FUTURE_PROFESSION)

    @property
    def trade(self) -> Code | None:
        """Of the holder of a CPA (métier); no nomenclature of it is known."""
        return self._second_code(Family.CPA, TRADE)

    @property
    def role(self) -> Code | None:
        """What the holder of a CPS or a CPF is, or learns to be: the first role of a VIHF."""
        return self.profession if self.family is Family.CPS else self.future_profession

    def _second_code(self, owner: Family, nomenclature: str) -> Code | None:
        code = self.future_profession_or_trade
        return Code(code, nomenclature) if code and self.family is owner else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(AnyHolder):
    """CPS_INFO_PS."""

    container: ClassVar[int] = 0xED
    layout: ClassVar[Layout] = (
        Field(0x80, ("card_type", "flags"), CARD_TYPE_AND_FLAGS),
        Field(0x81, ("national_identifier",), TEXT),
        Field(0x82, ("profession",), decimal_code(PROFESSION)),
        Field(0x83, ("future_profession_or_trade",), DECIMAL),
        Field(0x84, ("practice_name",), TEXT),
        Field(0x85, ("savoir_faire",), text_code(SAVOIR_FAIRE)),
    )

    savoir_faire: Code | None = None
