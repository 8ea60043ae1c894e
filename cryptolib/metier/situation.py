"""CPS_ACTIVITY_nn_PS: one situation d'exercice, where and how the holder practises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from cryptolib.metier import digits, text
from cryptolib.metier.codes import (
    PHARMACY_SECTION,
    PRACTICE_MODE,
    PRACTICE_STATUS,
    SECTOR,
    STRUCTURE_IDENTIFIER_TYPE,
    Code,
)
from cryptolib.metier.formats import BYTE, DATE, TEXT, hexadecimal_code, text_code
from cryptolib.metier.layout import Codec, Field, Layout, single
from cryptolib.metier.record import Record
from cryptolib.metier.tables import entries


def _read_mode(value: bytes) -> tuple[Code, Code | None]:
    if len(value) > 2:
        raise ValueError("more than two bytes")
    status = Code(digits.read_hexadecimal(value[1:]), PRACTICE_STATUS) if len(value) == 2 else None
    return Code(digits.read_decimal(value[:1]), PRACTICE_MODE), status


def _write_mode(mode: Code | None, status: Code | None) -> bytes:
    if mode is None:
        raise ValueError("a status without a mode d'exercice")
    return digits.write_decimal(mode.code) + (digits.write_hexadecimal(status.code) if status else b"")


MODE_AND_STATUS = Codec(_read_mode, _write_mode)


def _read_sector(value: bytes) -> Code:
    """A sector code. On some cards it begins with another letter than S: as CPS Gestion does, read S if that is a
    sector.
    """
    code = text.read(value)
    if not code:
        raise ValueError("no code")
    corrected = f"S{code[1:]}"
    return Code(corrected if corrected in entries(SECTOR) else code, SECTOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnySituation(Record):
    """The fields that both card generations have."""

    derived: ClassVar[tuple[str, ...]] = ("number", "structure_type", "structure_number", "substitute")

    mode: Code | None = None
    mode_status: Code | None = None
    """The statut d'exercice (G10), if it is in the same field as the mode."""
    pharmacy_section: Code | None = None
    """Sous-section of the tableau de l'Ordre (G05), for pharmacists."""
    billing_number: int | None = None
    """The `number` of the billing record in CPS_SIT_FACT."""
    structure_name: str | None = None
    structure_identifier: str | None = None
    """Struct_IdNat: one character for the type (G07), then the identifier."""

    @property
    def number(self) -> int:
        """The number of the situation, 1 to 16, from the label; 0 if the label has none."""
        name = self.label.removesuffix("_PS")[-2:]
        return int(name) if name.isascii() and name.isdecimal() else 0

    @property
    def structure_type(self) -> Code | None:
        """The type of the structure's identifier (G07), its first character."""
        return Code(self.structure_identifier[0], STRUCTURE_IDENTIFIER_TYPE) if self.structure_identifier else None

    @property
    def structure_number(self) -> str | None:
        """The identifier of the structure without its type."""
        return self.structure_identifier[1:] if self.structure_identifier else None

    @property
    def substitute(self) -> bool:
        """True if the holder replaces another person (remplaçant)."""
        return self.mode is not None and self.mode.code == "04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation(AnySituation):
    """CPS_ACTIVITY_nn_PS: a situation d'exercice."""

    container: ClassVar[int] = 0xEE
    layout: ClassVar[Layout] = (
        Field(0x80, ("mode", "mode_status"), MODE_AND_STATUS),
        Field(0x81, ("status",), hexadecimal_code(PRACTICE_STATUS)),
        Field(0x82, ("pharmacy_section",), text_code(PHARMACY_SECTION)),
        Field(0x83, ("billing_number",), BYTE),
        Field(0x84, ("structure_name",), TEXT),
        Field(0x85, ("structure_identifier",), TEXT),
        Field(0x86, ("sector",), single(_read_sector, lambda code: text.write(code.code))),
        Field(0x87, ("end",), DATE, inferred=True),
        Field(0x88, ("other_structure_name",), TEXT, inferred=True),
    )
    derived: ClassVar[tuple[str, ...]] = (*AnySituation.derived, "sector_vihf")

    status: Code | None = None
    sector: Code | None = None
    end: date | None = None
    other_structure_name: str | None = None

    @property
    def sector_vihf(self) -> str | None:
        """`SA07^1.2.250.1.71.4.2.4`, the form of Secteur_Activite in a VIHF."""
        return self.sector.with_oid if self.sector else None
