"""A code that the user types on the keypad of the reader; the module never sees it (PC/SC part 10)."""

from __future__ import annotations

# Fills the place of the code in a command when the code is as long as its field.
PLACE = 0xFF


class TypedCode:
    """A code of `minimum` to `maximum` digits that the reader asks for and puts into a command.

    In the command it has `field` bytes, padded with `filler`; a `field` of 0 has as many bytes as digits.
    """

    __slots__ = ("field", "filler", "is_new", "maximum", "minimum")

    def __init__(self, minimum: int, maximum: int, field: int, filler: int = PLACE, is_new: bool = False) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.field = field
        self.filler = filler
        self.is_new = is_new

    def __enter__(self) -> TypedCode:
        return self

    def __exit__(self, *_exception: object) -> None:
        """Nothing to wipe; it lets `with` take a Secret or a TypedCode."""

    def place(self) -> bytes:
        """The bytes in the command that the reader replaces."""
        return bytes((self.filler,)) * self.field
