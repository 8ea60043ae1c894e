"""How long a real card would have taken: milliseconds per byte on the line, per command, per RSA operation, per reset.

The reset is the longest that ISO/IEC 7816-3:2006 (6.2.3, 7.2, 8.1, 9) leaves to a chip whose clock runs at 3.5712 MHz:
RST low for 400 cycles (0.1 ms), up to 40 000 before it answers (11.2 ms), then, at 372 cycles per elementary time unit
and 12 units per character, the 17 characters of its answer (21.3 ms) and the 8 of a PPS exchange (10.0 ms).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

_REALISTIC = "byte=0.12,apdu=5,rsa=500,reset=43"
_NAMED = {"none": "", "realistic": _REALISTIC}


@dataclass(frozen=True, slots=True)
class Latency:
    """A linear model; all zero by default."""

    byte: float = 0.0
    apdu: float = 0.0
    rsa: float = 0.0
    reset: float = 0.0

    @classmethod
    def parse(cls, spec: str) -> Latency:
        """From ``byte=0.12,apdu=5,rsa=500,reset=43``, in any part, or the name ``realistic``."""
        spec = _NAMED.get(spec, spec)
        values: dict[str, float] = {}
        for word in filter(None, spec.split(",")):
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
