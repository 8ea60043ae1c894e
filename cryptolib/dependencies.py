"""Checks the versions of the packages of a Python host, before the first call.

pyscard does not give its version; only the packaging metadata limit it.
"""

from __future__ import annotations

import sys

# The same limits as in pyproject.toml, where _cffi_backend is called cffi.
MINIMUM = {"_cffi_backend": (1, 15, 1), "cryptography": (38, 0, 4)}


def check() -> None:
    """Raises ImportError. In our own interpreter nothing is checked: it sees only the packages installed with us."""
    if sys.flags.isolated and sys.flags.no_site:
        return
    for name, minimum in MINIMUM.items():
        version = __import__(name).__version__
        if _numbers(version) < minimum:
            needed = ".".join(map(str, minimum))
            raise ImportError(f"{name} {version} of this process is too old, {needed} is needed", name=name)


def _numbers(version: str) -> tuple[int, ...]:
    """43.0.0rc1 becomes (43, 0): parsing stops at the first part that is not a number."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
