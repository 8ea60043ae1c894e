"""Finds the commands in README.md and docs/, for the tests that run them unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_HEADING = re.compile(r"(#+) (.*)\n")
_FENCE = "```"


def blocks(heading: str, language: str, document: str) -> list[str]:
    """The fenced blocks of a section and its subsections."""
    found = [block for titles, tag, block in _all_blocks(document) if heading in titles and tag == language]
    assert found, f"{document} has no {language} under {heading}"
    return found


def _all_blocks(document: str) -> Iterator[tuple[list[str], str, str]]:
    """Each block with the headings above it, outermost first, and the language of its fence."""
    titles: list[str] = []
    lines = iter((_ROOT / document).read_text(encoding="utf-8").splitlines(keepends=True))
    for line in lines:
        if heading := _HEADING.match(line):
            titles[len(heading[1]) - 1 :] = [heading[2]]
        elif line.startswith(_FENCE):
            yield list(titles), line[len(_FENCE) :].strip(), "".join(iter(lambda: next(lines), f"{_FENCE}\n"))


TOKEN = blocks("The token", "sh", "docs/clients/README.md")[0]
"""The command that the pages of docs/clients begin with where they need the token's label."""
