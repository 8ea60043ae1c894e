"""The oldest packages the module runs with, checked before the first call where a Python host may bring its own.

pyscard does not give its version; the packaging metadata alone bounds it.
"""

from __future__ import annotations

import sys

# The same bounds as in pyproject.toml, where _cffi_backend is called cffi.
MINIMUM = {"_cffi_backend": (1, 15, 1), "cryptography": (38, 0, 4)}


def check() -> None:
    """Raises ImportError. An interpreter of our own sees nothing but what was installed with us, and is spared this."""
    if sys.flags.isolated and sys.flags.no_site:
        return
    for name, minimum in MINIMUM.items():
        version = __import__(name).__version__
        if _numbers(version) < minimum:
            needed = ".".join(map(str, minimum))
            raise ImportError(f"{name} {version} of this process is too old, {needed} is needed", name=name)


def _numbers(version: str) -> tuple[int, ...]:
    """43.0.0rc1 counts as 43.0: what comes before the first part that is not a number."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
