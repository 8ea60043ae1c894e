"""A code porteur or code de deblocage in memory that can be wiped and never shows itself."""

from __future__ import annotations


class Secret:
    """Owns one mutable copy of a PIN; `with` wipes it on every way out. Its repr shows only a length."""

    __slots__ = ("_value",)

    def __init__(self, value: bytearray) -> None:
        self._value = value

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        return f"Secret({len(self._value)} bytes)"

    def __enter__(self) -> Secret:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.wipe()

    def reveal(self) -> bytearray:
        """The bytes themselves, not a copy: for the one APDU that presents them."""
        return self._value

    def padded(self, length: int, filler: int) -> Secret:
        """A secret of its own with fillers behind this one up to `length`; as long as this one if that is longer."""
        value = bytearray((filler,)) * max(length, len(self._value))
        value[: len(self._value)] = self._value
        return Secret(value)

    def wipe(self) -> None:
        for index in range(len(self._value)):
            self._value[index] = 0
