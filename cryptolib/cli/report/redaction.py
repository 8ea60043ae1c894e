"""Removes personal data from a text: facts about the holder, user and machine names, long numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONG_NUMBER = re.compile(r"(?<![\w.])\d{8,}(?![\w.])")
_SHORTEST = 3
"""Characters of a word that is looked for; shorter ones stand in every text."""
_DUMP = re.compile(
    r"(?P<direction>Outgoing|Incoming) APDU data \[ *(?P<size>\d+) bytes\] =+\n"
    r"(?P<lines>(?:(?:[0-9A-F*]{2} )+ *.*\n?)*)"
)
_LEFT_OVER = re.compile(r"^(?:(?:[0-9A-F]{2}|\*\*) )+ .*$", re.MULTILINE)
"""A line of a dump whose head is missing: only the last part of a long trace is taken."""
_BYTES = re.compile(r"(?:[0-9A-F]{2}|\*\*)(?= |$)")
_WIDTH = 3 * 16
_HEADER, _STATUS = 5, 2
_SELECT = "A4"


class Redaction:
    """Replaces each word by a numbered mark, so that two cards can still be distinguished."""

    def __init__(self, words: Iterable[str], mark: str) -> None:
        """:param mark: what stands for a word, such as `masqué`."""
        self._mark = mark
        known = {word.casefold() for word in words if len(word) >= _SHORTEST}
        self._numbers = {word: number for number, word in enumerate(sorted(known), 1)}
        longest_first = sorted(known, key=len, reverse=True)
        alternatives = "|".join(map(re.escape, longest_first))
        self._words = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE) if known else None

    def __call__(self, text: str) -> str:
        if self._words:
            text = self._words.sub(self._marked, text)
        return _LONG_NUMBER.sub(f"[{self._mark}]", text)

    def _marked(self, found: re.Match[str]) -> str:
        return f"[{self._mark} {self._numbers.get(found[0].casefold(), 0)}]"


def without_data(trace: str) -> str:
    """A card trace without data: only headers of commands, whole SELECT commands, and status words are left."""
    return _LEFT_OVER.sub("(bytes)", _DUMP.sub(_cut, trace))


def _cut(dump: re.Match[str]) -> str:
    data = [byte for line in dump["lines"].splitlines() for byte in _BYTES.findall(line[:_WIDTH])]
    if dump["direction"] == "Incoming":
        shown = f"({len(data) - _STATUS} bytes) " if len(data) > _STATUS else ""
        shown += " ".join(data[-_STATUS:])
    elif data[1:2] == [_SELECT]:
        shown = " ".join(data)
    else:
        shown = " ".join(data[:_HEADER])
        shown += f" ({len(data) - _HEADER} bytes)" if len(data) > _HEADER else ""
    return f"{dump['direction']} APDU data [{dump['size']} bytes]: {shown}\n"
