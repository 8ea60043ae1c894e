"""What every decoded object has: its label, its bytes as they were read, and whatever was not understood."""

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
    """The properties that `to_json` gives beside the fields."""

    rest: tuple[Tlv, ...] = ()
    """Fields that are not understood."""
    tail: bytes = b""
    """What stands where a field was expected, and is none."""
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Fields):
    """One object of the card. Its `raw` is the whole value, filler included."""

    container: ClassVar[int] = 0

    label: str
    missing: int = 0
    """Bytes that the container announces and does not have: the value was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Record):
    """An object whose format is not known, or one in another container than that of its label."""
