"""A code in this process: bytes that are never printed and that are zeroed after use."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Code:
    """A code; the end of `with` wipes it. Unlike a `str`, a bytearray leaves no copies behind."""

    __slots__ = ("value",)

    def __init__(self, value: bytearray) -> None:
        """Takes over `value`: the caller must keep no other copy."""
        self.value = value

    def wipe(self) -> None:
        self.value[:] = bytes(len(self.value))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.wipe()

    def __len__(self) -> int:
        return len(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Code) and self.value == other.value

    def __hash__(self) -> int:
        raise TypeError("a code is not kept in tables")

    def __repr__(self) -> str:
        return f"Code({len(self)} bytes)"
