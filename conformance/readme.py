"""The commands that README.md promises, for the tests that run them as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

_README = Path(__file__).parents[1] / "README.md"


def blocks(heading: str, language: str) -> list[str]:
    """The fenced blocks of a section."""
    section = re.search(rf"^### {heading}\n(.*?)^##", _README.read_text(), re.MULTILINE | re.DOTALL)
    assert section
    return re.findall(rf"^```{language}\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
