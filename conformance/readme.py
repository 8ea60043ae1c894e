"""The commands that README.md and docs/ promise, for the tests that run them as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def blocks(heading: str, language: str, document: str = "README.md") -> list[str]:
    """The fenced blocks of a section."""
    text = (_ROOT / document).read_text(encoding="utf-8")
    section = re.search(rf"^##+ {heading}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section
    return re.findall(rf"^```{language}\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
