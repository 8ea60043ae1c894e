"""CPS_INFO_PS: national identifier, type of card, profession and savoir-faire of the holder."""

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
    """The fields that both card generations have."""

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
    """One byte of eight flags; their meaning is unknown."""
    national_identifier: str | None = None
    """PS_IdNat, also the CN of the certificates: one digit for the type (G08), then the identifier."""
    profession: Code | None = None
    future_profession_or_trade: str | None = None
    """Two digits; the type of card decides what they are: see `future_profession` and `trade`."""
    practice_name: str | None = None
    """Nom d'exercice."""

    @property
    def family(self) -> Family | None:
        """The family of the card, from `card_type`."""
        return family_of(self.card_type)

    @property
    def identifier_type(self) -> Code | None:
        """The type of the national identifier (G08), its first character."""
        return Code(self.national_identifier[0], PERSON_IDENTIFIER_TYPE) if self.national_identifier else None

    @property
    def identifier(self) -> str | None:
        """The national identifier without its type, an RPPS number for instance."""
        return self.national_identifier[1:] if self.national_identifier else None

    @property
    def future_profession(self) -> Code | None:
        """The future profession (G16) of the holder of a CPF; None on other cards."""
        return self._second_code(Family.CPF, FUTURE_PROFESSION)

    @property
    def trade(self) -> Code | None:
        """The trade (métier) of the holder of a CPA; None on other cards. Its nomenclature is unknown."""
        return self._second_code(Family.CPA, TRADE)

    @property
    def role(self) -> Code | None:
        """The profession of a CPS or the future profession of a CPF: the first role of a VIHF."""
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
