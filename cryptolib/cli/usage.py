"""What is wrong with a command line: argparse says it in English, and repeats what was typed, a code perhaps."""

from __future__ import annotations

import re

from cryptolib.cli.messages.language import Messages

_COMPLAINTS = (
    (re.compile(r"the following arguments are required: (?P<names>.+)"), "usage.required"),
    (re.compile(r"argument \S+: invalid choice: .+ \(choose from (?P<choices>.+)\)"), "usage.choice"),
    (re.compile(r"argument (?P<name>\S+): invalid \w+ value: .+"), "usage.value"),
    (re.compile(r"argument (?P<name>\S+): expected .+"), "usage.no_value"),
)
_NOT_KNOWN = "unrecognized arguments: "


def usage_text(messages: Messages, complaint: str) -> str:
    """As argparse puts it where it is none of those that are known here."""
    for pattern, key in _COMPLAINTS:
        if found := pattern.fullmatch(complaint):
            named = {name: value.replace("'", "") for name, value in found.groupdict().items()}
            return messages.text(key, **named)
    if not complaint.startswith(_NOT_KNOWN):
        return complaint
    words = complaint.removeprefix(_NOT_KNOWN).split()
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    return messages.text("usage.unknown", names=" ".join(options)) if options else messages.text("usage.too_many")
