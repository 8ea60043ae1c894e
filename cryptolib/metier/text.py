"""Texts on the card: UTF-8 if the bytes are valid UTF-8, else ISO 8859-1."""

from __future__ import annotations

_FILLER = "\0 "
_END = b"\xff"
"""Ends each text of a list."""


def read(value: bytes) -> str:
    """Decode a text, without blanks and zeros at both ends."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return text.strip(_FILLER)


def write(text: str) -> bytes:
    """Encode in ISO 8859-1, as the card specification says, if `read` gives the text back; else in UTF-8."""
    try:
        value = text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")
    return value if _END not in value and read(value) == text else text.encode("utf-8")


def read_list(value: bytes) -> tuple[str, ...]:
    """Decode texts that end with FF each."""
    parts = value.split(_END)
    if parts[-1] == b"":
        parts.pop()
    return tuple(read(part) for part in parts)


def write_list(texts: tuple[str, ...]) -> bytes:
    """Encode texts that end with FF each."""
    return b"".join(write(text) + _END for text in texts)
