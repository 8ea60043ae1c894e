"""How long a real card would have taken: milliseconds per byte on the line, per command, per RSA operation, per reset.

What is known of real cards: a CPS3 has no TA1 in its answer to reset, so that it stays at 372 cycles per elementary
time unit, 1.1 ms per byte with what the reader and the chip add; a CPS4 (TA1 = 18) takes 0.085 ms per byte. Either
computes for 300 ms. The antenna of a CPS3 is taken for one of 106 kbit/s (ISO/IEC 14443-3), which gives 0.085 ms too.

The reset is the longest that ISO/IEC 7816-3:2006 (6.2.3, 7.2, 8.1, 9) leaves to a chip whose clock runs at 3.5712 MHz:
RST low for 400 cycles (0.1 ms), up to 40 000 before it answers (11.2 ms), then, at 372 cycles per elementary time unit
and 12 units per character, the 17 characters of its answer (21.3 ms) and the 8 of a PPS exchange (10.0 ms).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

_REALISTIC = "realistic"


@dataclass(frozen=True, slots=True)
class Latency:
    """A linear model; all zero by default."""

    byte: float = 0.0
    apdu: float = 0.0
    rsa: float = 0.0
    reset: float = 0.0

    @classmethod
    def parse(cls, spec: str, profile: str = "cps3") -> Latency:
        """Parse ``byte=0.12,apdu=5,rsa=500,reset=43`` or a part of it, ``none``, or ``realistic`` for that card."""
        if spec == _REALISTIC:
            return REALISTIC.get(profile, cls())
        values: dict[str, float] = {}
        for word in filter(None, ("" if spec == "none" else spec).split(",")):
            key, _, value = word.partition("=")
            if key not in ("byte", "apdu", "rsa", "reset"):
                raise ValueError(f"unknown latency {word!r}")
            values[key] = float(value)
        return cls(**values)

    def milliseconds(self, size: int, rsa_operations: int) -> float:
        return self.apdu + self.byte * size + self.rsa * rsa_operations

    def wait(self, size: int, rsa_operations: int, started: float) -> None:
        """Sleeps for what is left of the card's time since ``started`` (``time.perf_counter``)."""
        remaining = self.milliseconds(size, rsa_operations) / 1000 - (time.perf_counter() - started)
        if remaining > 0:
            time.sleep(remaining)

    def wait_for_reset(self) -> None:
        """Sleeps for as long as the card takes to answer a reset, cold or warm."""
        time.sleep(self.reset / 1000)


_CPS3 = Latency(byte=1.1, rsa=300, reset=43)
_CPS4 = Latency(byte=0.085, rsa=300, reset=43)
REALISTIC = {"cps3": _CPS3, "cps3cl": _CPS4, "cps4": _CPS4, "cps4-other": _CPS4}
"""By the profile of the card."""


def checked(spec: str) -> str:
    """The spec itself. Raises ValueError for one that `Latency.parse` does not take."""
    Latency.parse(spec)
    return spec
