"""Decodes the value of a data object into a record, and encodes it again. `decode` never fails."""

from __future__ import annotations

import re
from typing import Any

from cryptolib.metier.billing import Billing
from cryptolib.metier.cps2ter import FormerHolder, FormerQualifications, FormerSituation
from cryptolib.metier.holder import Holder
from cryptolib.metier.identity import HolderName, IdentityCard
from cryptolib.metier.layout import read_fields, write_fields
from cryptolib.metier.record import Record, Unknown
from cryptolib.metier.situation import Situation
from cryptolib.metier.tlv import TlvError, head, write
from cryptolib.metier.update import Update

# Two objects with other names on cards than in CPS Gestion.
_KINDS: tuple[tuple[str, type[Record]], ...] = (
    (r"CPS_ID_CARD|CPS2TER_ID|CPS2TER_ID_CARD", IdentityCard),
    (r"CPS_NAME_PS|CPS2TER_NAME|CPS2TER_NAME_PS", HolderName),
    (r"CPS_INFO_PS", Holder),
    (r"CPS_ACTIVITY_[0-9]{2}_PS", Situation),
    (r"CPS_SIT_FACT|CPS2TER_SIT_FACT", Billing),
    (r"EF_ACTUA", Update),
    (r"CPS2TER_PSINFO|CPS2TER_INFO_PS", FormerHolder),
    (r"CPS2TER_QUALIF_PS", FormerQualifications),
    (r"CPS2TER_ACTIVITY_[0-9]{2}_PS", FormerSituation),
)
_FILLER = b"\0\xff"


def decode(label: str, value: bytes) -> Record:
    """Decode CKA_VALUE of the data object with this CKA_LABEL. All bytes are kept in `raw`."""
    raw = bytes(value)
    kind = _kind(label)
    if kind is Unknown or _is_empty(raw):
        return kind(label=label, raw=raw)
    announced = _content(kind.container, raw)
    if announced is None:
        return Unknown(label=label, raw=raw)
    start, length = announced
    content, behind = raw[start : start + length], raw[start + length :]
    values: dict[str, Any] = read_fields(kind.layout, content)
    if behind.strip(_FILLER):
        values["tail"] += behind.rstrip(_FILLER)
    return kind(label=label, raw=raw, missing=length - len(content), **values)


def encode(record: Record) -> bytes:
    """Encode the record. An unchanged record gives back the bytes that were decoded.

    A new or changed record (`dataclasses.replace`) is written from its fields, without filler and `tail`. Raises
    ValueError when a field cannot hold its value.
    """
    if isinstance(record, Unknown) or decode(record.label, record.raw) == record:
        return record.raw
    start, length = _content(record.container, record.raw) or (0, 0)
    content = record.raw[start : start + length]
    return write(record.container, write_fields(record.layout, record, content)).raw


def _kind(label: str) -> type[Record]:
    return next((kind for pattern, kind in _KINDS if re.fullmatch(pattern, label)), Unknown)


def _is_empty(raw: bytes) -> bool:
    """True for an empty file, or one that was never written (00 or FF alone)."""
    return not raw.strip(b"\0") or not raw.strip(b"\xff")


def _content(container: int, raw: bytes) -> tuple[int, int] | None:
    """The offset of the fields and their announced length; None for another container."""
    try:
        tag, length, start = head(raw)
    except TlvError:
        return None
    return (start, length) if tag == container else None
