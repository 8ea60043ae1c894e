"""EF_ACTUA: begin and end of the last update of the card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cryptolib.metier.formats import MOMENT
from cryptolib.metier.layout import Field, Layout
from cryptolib.metier.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Record):
    """EF_ACTUA. The times have no time zone. The module compares the bytes; the calendar does not matter."""

    container: ClassVar[int] = 0xEC
    layout: ClassVar[Layout] = (
        Field(0x81, ("start",), MOMENT),
        Field(0x82, ("end",), MOMENT),
    )

    start: datetime | None = None
    end: datetime | None = None
