"""The base of all decoded objects: label, raw bytes, and the parts that were not understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from cryptolib.metier.layout import Layout
from cryptolib.metier.tlv import Tlv


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The fields of a container."""

    layout: ClassVar[Layout] = ()
    derived: ClassVar[tuple[str, ...]] = ()
    """The properties that `to_json` adds to the fields."""

    rest: tuple[Tlv, ...] = ()
    """Fields that are not understood."""
    tail: bytes = b""
    """Bytes after the last field that are no field."""
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Fields):
    """One data object. `raw` is its whole CKA_VALUE, with the filler."""

    container: ClassVar[int] = 0

    label: str
    missing: int = 0
    """How many announced bytes are missing: the value was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Record):
    """An object of unknown format, or in another container than that of its label."""
