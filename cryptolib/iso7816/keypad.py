"""A keypad on the reader, and the codes that its user types there: they never get here (PC/SC part 10)."""

from __future__ import annotations

# PC/SC part 10 gives a length of a code in a command four bits (bmPINBlockString).
LONGEST_FIELD = 15
# What stands in a command where the reader puts a code that fills its field.
PLACE = 0xFF


class TypedCode:
    """A code of `minimum` to `maximum` digits that the reader asks for and puts into a command itself.

    `field` is how many bytes it has there, with `filler` behind the digits; 0 for as many as there are digits.
    """

    __slots__ = ("field", "filler", "is_new", "maximum", "minimum")

    def __init__(self, minimum: int, maximum: int, padded_to: int = 0, filler: int = 0, is_new: bool = False) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.field = padded_to or (maximum if minimum == maximum else 0)
        self.filler = filler if padded_to else PLACE
        self.is_new = is_new

    def __enter__(self) -> TypedCode:
        return self

    def __exit__(self, *_exception: object) -> None:
        """There is nothing to wipe: with a code of the application it is the same `with`."""

    def place(self) -> bytes:
        """What stands for it in the command until the reader has put it there."""
        return bytes((self.filler,)) * self.field


class Keypad:
    """What a reader can have its user type: codes of `minimum` to `maximum` digits, 0 where it does not say.

    `changes` tells whether it can ask for a new code as well.
    """

    __slots__ = ("changes", "maximum", "minimum")

    def __init__(self, changes: bool, minimum: int = 0, maximum: int = 0) -> None:
        self.changes = changes
        self.minimum = minimum
        self.maximum = maximum

    def takes(self, code: TypedCode) -> bool:
        """Whether each code that `code` may be can be typed here."""
        if code.is_new and not self.changes:
            return False
        fits = code.maximum <= (code.field or code.maximum) <= LONGEST_FIELD
        return fits and self.minimum <= code.minimum and (not self.maximum or code.maximum <= self.maximum)
