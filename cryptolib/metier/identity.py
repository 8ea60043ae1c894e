"""CPS_ID_CARD and CPS_NAME_PS: number and dates of the card, names of the holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from cryptolib.metier.codes import CARD_CATEGORY, CIVILITY, Code
from cryptolib.metier.formats import DATE, NUMBER, TEXT, TEXTS, decimal_code, hexadecimal_code
from cryptolib.metier.layout import Field, Layout
from cryptolib.metier.record import Record

_REAL = {"00", "02", "03"}
_TEST = {"80", "81", "82", "83"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCard(Record):
    """CPS_ID_CARD: number, category and dates of the card."""

    container: ClassVar[int] = 0xE3
    layout: ClassVar[Layout] = (
        Field(0x80, ("issuer_number",), NUMBER, inferred=True),
        Field(0x81, ("number",), NUMBER),
        Field(0x82, ("category",), hexadecimal_code(CARD_CATEGORY)),
        Field(0x83, ("issued",), DATE),
        Field(0x84, ("expires",), DATE),
    )
    derived: ClassVar[tuple[str, ...]] = ("test",)

    issuer_number: str | None = None
    number: str | None = None
    """The ten decimal digits printed on the card, not the eight of its serial number."""
    category: Code | None = None
    issued: date | None = None
    expires: date | None = None
    """The last day of validity; the card shows its month."""

    @property
    def test(self) -> bool | None:
        """True for a test card, by `category`; None if the category is missing or unknown."""
        code = self.category.code if self.category else None
        return True if code in _TEST else False if code in _REAL else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderName(Record):
    """CPS_NAME_PS: the names of the holder."""

    container: ClassVar[int] = 0xE4
    layout: ClassVar[Layout] = (
        Field(0x80, ("civility",), decimal_code(CIVILITY)),
        Field(0x81, ("birth_name",), TEXT, inferred=True),
        Field(0x82, ("used_name",), TEXT, inferred=True),
        Field(0x83, ("given_names",), TEXTS),
        Field(0x84, ("usual_given_name",), TEXT),
    )

    civility: Code | None = None
    birth_name: str | None = None
    used_name: str | None = None
    given_names: tuple[str, ...] | None = None
    usual_given_name: str | None = None
