"""A code in memory that can be wiped and that no output shows."""

from __future__ import annotations


class Secret:
    """Holds the only copy of a PIN; the end of `with` wipes it. Its repr shows the length alone."""

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
        """The bytes themselves, not a copy, for the APDU that presents them."""
        return self._value

    def padded(self, length: int, filler: int) -> Secret:
        """A new secret: this one, padded with `filler` up to `length` bytes."""
        value = bytearray((filler,)) * max(length, len(self._value))
        value[: len(self._value)] = self._value
        return Secret(value)

    def wipe(self) -> None:
        for index in range(len(self._value)):
            self._value[index] = 0
