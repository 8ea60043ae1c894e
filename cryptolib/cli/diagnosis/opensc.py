"""OpenSC's configuration (opensc.conf(5)): which readers it leaves alone, and the line that hides one from it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

_FILES = (Path("/etc/opensc/opensc.conf"), Path("/etc/opensc.conf"))
"""Of Debian, and of OpenSC itself."""
_TOKEN = re.compile(r'#[^\n]*|("[^"\n]*"|[{};=,]|[^\s{};=,"#]+)')


def configuration() -> Path:
    named = os.environ.get("OPENSC_CONF")
    return Path(named) if named else next((path for path in _FILES if path.exists()), _FILES[0])


def text() -> str:
    """Of the configuration; empty when it is not there or cannot be read."""
    try:
        return configuration().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def ignored(settings: str) -> list[str]:
    """The parts of names by which OpenSC leaves readers alone: every such line in the first block `app default`."""
    tokens = [token for token in _TOKEN.findall(settings) if token]
    found: list[str] = []
    depth, key, inside, over = 0, "", False, False
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token == "{":
            inside = inside or (depth == 0 and not over and before.strip('"') == "default")
            depth += 1
        elif token == "}":
            depth -= 1
            inside, over = inside and depth > 0, over or (inside and depth == 0)
        elif token == "=":
            key = before
        elif token == ";":
            key = ""
        elif inside and depth == 1 and key == "ignored_readers" and token != ",":
            found.append(token.strip('"'))
    return found


def sees(reader: str, settings: str) -> bool:
    """Whether OpenSC uses a reader; part of a name is enough for it to leave the reader alone."""
    return not any(part in reader for part in ignored(settings))


def hiding_line(readers: Iterable[str], others: Iterable[str]) -> str:
    """For the block `app default`; lines of this kind add up, and those that are there can stay."""
    kept = list(others)
    names = dict.fromkeys(_lasting_name(reader, kept) for reader in readers)
    names = dict.fromkeys(f'"{_lasting_name(reader, kept)}"' for reader in readers)
    return f"ignored_readers = {', '.join(names)};"


def _lasting_name(reader: str, others: list[str]) -> str:
    """Without pcscd's numbers, which change with the order of plugging, unless they tell it from another reader."""
    name = re.sub(r" \d\d \d\d$", "", reader)
    return reader if any(name in other for other in others) else name
