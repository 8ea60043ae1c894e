"""Fills fields of the info structures: UTF-8, padded with blanks, never cut inside a character (PKCS#11 3.2, 3)."""

from __future__ import annotations

from cryptolib.abi.core import ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


def text(field: CData, value: str) -> None:
    """Fill a fixed-size character field."""
    size = len(field)
    content = value.encode()
    if len(content) > size:
        content = content[:size].decode("utf-8", "ignore").encode()
    ffi.memmove(field, content.ljust(size), size)


def shortened(value: str, size: int) -> str:
    """Cut the middle out of a name of more than `size` characters; readers often differ at the end."""
    if len(value) <= size:
        return value
    head = (size - 3) // 2
    return value[:head] + "..." + value[len(value) - (size - 3 - head) :]


def version(field: CData, major: int, minor: int) -> None:
    field.major = major
    field.minor = minor
