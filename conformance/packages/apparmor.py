"""What rules of AppArmor allow, as its own parser reads them, and what a program did, as strace saw it.

A kernel without AppArmor enforces nothing. The names that a program used can be compared with the rules all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

PROFILE = """abi <abi/3.0>,
include <tunables/global>
profile program /usr/bin/program {
  include <abstractions/base>
  include <abstractions/p11-kit>
}
"""
"""A confined program that does nothing but use modules."""

_VARIABLE = re.compile(r"^@\{(\w+)\}\s*=\s*(.*)$", re.MULTILINE)
_RULE = re.compile(r"^\s*(?:owner\s+)?([/@]\S*)\s+([a-z]+),", re.MULTILINE)
_CALL = re.compile(r"(?:^|\s)(openat|mkdir|unlink|rename|connect)\((.*)\) = (?:\d|-1 EINPROGRESS)", re.MULTILINE)
_NAMES = re.compile(r'(?:AT_FDCWD(?:<[^>]*>)?|\d+<([^>]*)>), "([^"]*)"|"([^"]*)"')


@dataclass(frozen=True)
class Use:
    path: str
    access: str


class Rules:
    """The rules of a profile, after `apparmor_parser --preprocess`."""

    def __init__(self, preprocessed: str) -> None:
        self._variables = {name: values.split() for name, values in _VARIABLE.findall(preprocessed)}
        self._rules = [(re.compile(self._pattern(path)), set(access)) for path, access in _RULE.findall(preprocessed)]

    def allow(self, use: Use) -> bool:
        granted: set[str] = set()
        for pattern, access in self._rules:
            if pattern.fullmatch(use.path):
                granted |= access
        return set(use.access) <= granted

    def _pattern(self, path: str) -> str:
        """The pattern of a rule as a regular expression."""
        while found := re.search(r"@\{(\w+)\}(/?)", path):
            # A folder that ends in a slash, and the slash after it, are one.
            values = (value.strip('"') for value in self._variables[found[1]])
            chosen = ",".join(value.rstrip("/") + found[2] if found[2] else value for value in values)
            path = path[: found.start()] + "{" + chosen + "}" + path[found.end() :]
        signs = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}
        parts = re.findall(r"\[[^]]*\]|\*\*|.", path)
        return "".join(part if part[0] == "[" else signs.get(part, re.escape(part)) for part in parts)


def uses(trace: str) -> Iterator[Use]:
    """Each success in what `strace -f -y` wrote."""
    for call, arguments in _CALL.findall(trace):
        for folder, name, path in _NAMES.findall(arguments):
            place = str(PurePosixPath(folder or "/", path or name))
            if "O_DIRECTORY" in arguments or call == "mkdir":
                place += "/"  # rules name a folder so
            yield Use(place, _access(call, arguments, place))


def _access(call: str, arguments: str, path: str) -> str:
    if call == "connect":
        return "rw"
    if call != "openat":
        return "w"
    library = ".so" in PurePosixPath(path).suffixes
    return {"O_WRONLY": "w", "O_RDWR": "rw"}.get(
        next(iter(re.findall(r"O_WRONLY|O_RDWR", arguments)), ""), "mr" if library else "r"
    )
