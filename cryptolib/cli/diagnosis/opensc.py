"""OpenSC's configuration (opensc.conf(5)): the readers that it ignores, and the line that makes it ignore one."""

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
    """The text of the configuration; empty if it cannot be read."""
    try:
        return configuration().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def ignored(settings: str) -> list[str]:
    """The values of `ignored_readers` in the first block `app default`: parts of reader names."""
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


def is_visible(reader: str, settings: str) -> bool:
    """True if OpenSC uses the reader; it ignores one whose name contains an ignored part."""
    return not any(part in reader for part in ignored(settings))


def ignored_readers_line(readers: Iterable[str], others: Iterable[str]) -> str:
    """The line for the block `app default`. Existing lines of this kind can stay: they add up."""
    kept = list(others)
    names = dict.fromkeys(f'"{_stable_name(reader, kept)}"' for reader in readers)
    return f"ignored_readers = {', '.join(names)};"


def _stable_name(reader: str, others: list[str]) -> str:
    """The name without pcscd's numbers, which change with the order of plugging, unless other readers need them."""
    name = re.sub(r" \d\d \d\d$", "", reader)
    return reader if any(name in other for other in others) else name
