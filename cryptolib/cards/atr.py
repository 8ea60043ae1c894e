"""Recognising a CPS by its answer to reset (ISO/IEC 7816-3:2006, 8.2), without any exchange."""

from __future__ import annotations


class Atr:
    """A pattern: `mask` FF where a byte must be equal, 00 where cards of the family differ."""

    __slots__ = ("mask", "value")

    def __init__(self, value: str, mask: str = "") -> None:
        self.value = bytes.fromhex(value)
        self.mask = bytes.fromhex(mask) if mask else b"\xff" * len(self.value)

    def matches(self, atr: bytes) -> bool:
        """Whether every byte that the mask selects is the pattern's."""
        return len(atr) == len(self.value) and all(
            (seen ^ wanted) & selected == 0 for seen, wanted, selected in zip(atr, self.value, self.mask, strict=True)
        )
