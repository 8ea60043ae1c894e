"""The records of the CPS2ter volet, in the formats of the previous card generation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from cryptolib.metier import digits
from cryptolib.metier.codes import (
    ADELI_SECTOR,
    ADELI_SPECIALITY,
    ATTRIBUTION,
    FORMER_UNKNOWN,
    ORIENTATION,
    PHARMACY_SECTION,
    PROFESSION,
    QUALIFICATION_NATURE,
    SPECIALISATION,
    Code,
)
from cryptolib.metier.formats import (
    BYTE,
    CARD_TYPE_AND_FLAGS,
    DATE,
    DECIMAL,
    NIBBLES,
    TEXT,
    decimal_code,
    decimal_code_list,
    decimal_codes,
    text_code,
)
from cryptolib.metier.holder import AnyHolder
from cryptolib.metier.layout import Codec, Field, Layout
from cryptolib.metier.record import Record
from cryptolib.metier.situation import MODE_AND_STATUS, AnySituation

_NONE = b"\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerHolder(AnyHolder):
    """CPS2TER_PSINFO. Fields 84 and 85 differ from those of CPS_INFO_PS."""

    container: ClassVar[int] = 0xE6
    layout: ClassVar[Layout] = (
        Field(0x80, ("card_type", "flags"), CARD_TYPE_AND_FLAGS),
        Field(0x81, ("national_identifier",), TEXT),
        Field(0x82, ("profession",), decimal_code(PROFESSION)),
        Field(0x83, ("future_profession_or_trade",), DECIMAL),
        Field(0x84, ("undocumented",), decimal_code(FORMER_UNKNOWN)),
        Field(0x85, ("practice_name",), TEXT),
    )

    undocumented: Code | None = None
    """A code of nomenclature G14, which is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerQualifications(Record):
    """CPS2TER_QUALIF_PS: qualifications of the former register ADELI."""

    container: ClassVar[int] = 0xE7
    layout: ClassVar[Layout] = (
        Field(0x80, ("undocumented",), DECIMAL),
        Field(0x81, ("orientations",), decimal_code_list(ORIENTATION)),
        Field(0x82, ("specialisation",), decimal_code(SPECIALISATION)),
        Field(0x83, ("attributions",), decimal_code_list(ATTRIBUTION)),
        Field(0x84, ("nature_1",), decimal_code(QUALIFICATION_NATURE)),
        Field(
            0x85,
            ("speciality_1", "nature_2", "speciality_2", "nature_3"),
            decimal_codes(ADELI_SPECIALITY, QUALIFICATION_NATURE, ADELI_SPECIALITY, QUALIFICATION_NATURE),
        ),
        Field(0x86, ("more_attributions",), decimal_code_list(ATTRIBUTION)),
    )

    undocumented: str | None = None
    orientations: tuple[Code, ...] | None = None
    specialisation: Code | None = None
    attributions: tuple[Code, ...] | None = None
    nature_1: Code | None = None
    speciality_1: Code | None = None
    nature_2: Code | None = None
    speciality_2: Code | None = None
    nature_3: Code | None = None
    more_attributions: tuple[Code, ...] | None = None


def _read_structure(value: bytes) -> tuple[Code | None, str | None, str | None]:
    if len(value) < 2:
        raise ValueError("less than two bytes")
    sector = None if value[:1] == _NONE else Code(digits.read_decimal(value[:1]), ADELI_SECTOR)
    undocumented = None if value[1:2] == _NONE else digits.read_decimal(value[1:2])
    return sector, undocumented, digits.read_nibbles(value[2:]) if value[2:] else None


def _write_structure(sector: Code | None, undocumented: str | None, identifier: str | None) -> bytes:
    codes = (sector.code if sector else None, undocumented)
    head = b"".join(digits.write_decimal(code) if code else _NONE for code in codes)
    return head + (digits.write_nibbles(identifier) if identifier else b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerSituation(AnySituation):
    """CPS2TER_ACTIVITY_nn_PS: a situation d'exercice."""

    container: ClassVar[int] = 0xE8
    layout: ClassVar[Layout] = (
        Field(0x80, ("mode", "mode_status"), MODE_AND_STATUS),
        Field(0x81, ("sector", "undocumented", "structure_identifier"), Codec(_read_structure, _write_structure)),
        Field(0x82, ("speciality", "nature"), decimal_codes(ADELI_SPECIALITY, QUALIFICATION_NATURE)),
        Field(0x83, ("pharmacy_section",), text_code(PHARMACY_SECTION)),
        Field(0x84, ("billing_number",), BYTE),
        Field(0x85, ("other_person",), NIBBLES),
        Field(0x86, ("start",), DATE, inferred=True),
        Field(0x87, ("end",), DATE, inferred=True),
        Field(0x88, ("structure_name",), TEXT),
    )

    sector: Code | None = None
    undocumented: str | None = None
    speciality: Code | None = None
    nature: Code | None = None
    other_person: str | None = None
    """The identifier of the person whom the holder replaces, or who replaces the holder."""
    start: date | None = None
    end: date | None = None
