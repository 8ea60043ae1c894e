"""Recognises a CPS by its answer to reset (ISO/IEC 7816-3:2006, 8.2), without an exchange and without its driver."""

from __future__ import annotations

# pcscd gives all bytes of its buffer, which holds the ATR from before, while it powers a card up.
BUFFER = 33


class Atr:
    """A pattern: `mask` is FF where a byte must be equal, 00 where it may differ. `card` names the driver."""

    __slots__ = ("card", "mask", "value")

    def __init__(self, card: str, value: str, mask: str = "") -> None:
        self.card = card
        self.value = bytes.fromhex(value)
        self.mask = bytes.fromhex(mask) if mask else b"\xff" * len(self.value)

    def matches(self, atr: bytes) -> bool:
        """True if every byte under the mask is equal, and nothing but zeros follows in a whole buffer of pcscd."""
        length = len(self.value)
        whole = len(atr) == length or (len(atr) == BUFFER and not any(atr[length:]))
        return whole and all(
            (seen ^ wanted) & selected == 0
            for seen, wanted, selected in zip(atr[:length], self.value, self.mask, strict=True)
        )


ATRS = (
    Atr("cps4", "3B9B188001001225006480040100009044"),
    # Release candidates; the last one knows T=0 alone.
    Atr("cps4", "3B9B188001001225006480000401009044"),
    Atr("cps4", "3BDC18FF00001225006480000401009000"),
    # After the exact values: this mask also matches one of them.
    Atr("cps3", "3BAC00402A001225006480000310009000", "FF00000000FFFFFFFFFFFF000000FFFFFF"),
    # The ATR that PC/SC makes up for a contactless card. Its last byte is a checksum.
    Atr("cps3cl", "3B8F80010031B86404B0ECC1739401808290000E", "FFFFFFFFFFFFFFFF0000FFC0FFFFFFFFFFFFFF00"),
)


def card_of(atr: bytes) -> str | None:
    """The name of the driver for the card with this ATR; None for a card that is not a CPS."""
    for pattern in ATRS:
        if pattern.matches(atr):
            return pattern.card
    return None
