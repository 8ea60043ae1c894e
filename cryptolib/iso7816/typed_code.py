"""A code that the user of the reader types on its keypad: it never gets here (PC/SC part 10)."""

from __future__ import annotations

# What stands in a command where the reader puts a code that fills its field.
PLACE = 0xFF


class TypedCode:
    """A code of `minimum` to `maximum` digits that the reader asks for and puts into a command itself.

    `field` is how many bytes it has there, with `filler` behind the digits; 0 for as many as there are digits.
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
        """There is nothing to wipe: with a code of the application it is the same `with`."""

    def place(self) -> bytes:
        """What stands for it in the command until the reader has put it there."""
        return bytes((self.filler,)) * self.field
