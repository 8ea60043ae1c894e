"""The form of a code. A code of another form never reaches the card, so it costs no try."""

from __future__ import annotations

from dataclasses import dataclass

from cryptolib.cli.code import Code

_DIGITS = b"0123456789"
UNBLOCKING_DIGITS = 8
"""Of the code de déblocage, on every CPS card; PKCS#11 gives the lengths of the code porteur alone."""


@dataclass(frozen=True, slots=True)
class Lengths:
    minimum: int
    maximum: int

    def __str__(self) -> str:
        return str(self.minimum) if self.minimum == self.maximum else f"{self.minimum}-{self.maximum}"


UNBLOCKING = Lengths(UNBLOCKING_DIGITS, UNBLOCKING_DIGITS)


def is_allowed(code: Code, lengths: Lengths) -> bool:
    """True for ASCII digits of an allowed length: keypads and CPS Gestion know no other characters."""
    return lengths.minimum <= len(code) <= lengths.maximum and all(byte in _DIGITS for byte in code.value)
