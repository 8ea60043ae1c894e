"""Texts of the card: UTF-8 where the bytes are strict UTF-8, else ISO 8859-1, without the filler at both ends."""

from __future__ import annotations

_FILLER = "\0 "
_END = b"\xff"
"""Ends each text of a list."""


def read(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return text.strip(_FILLER)


def write(text: str) -> bytes:
    """In ISO 8859-1, as the cards are specified, where `read` gives the same text back; else in UTF-8."""
    try:
        value = text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")
    return value if _END not in value and read(value) == text else text.encode("utf-8")


def read_list(value: bytes) -> tuple[str, ...]:
    parts = value.split(_END)
    if parts[-1] == b"":
        parts.pop()
    return tuple(read(part) for part in parts)


def write_list(texts: tuple[str, ...]) -> bytes:
    return b"".join(write(text) + _END for text in texts)
