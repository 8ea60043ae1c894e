"""The language of the command, and the look-up of a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from cryptolib.cli.messages import (
    english,
    english_cards,
    english_documents,
    english_keypad,
    english_modules,
    english_screen,
    french,
    french_cards,
    french_documents,
    french_keypad,
    french_modules,
    french_screen,
)

_PARTS = {
    "fr": (french, french_cards, french_documents, french_keypad, french_modules, french_screen),
    "en": (english, english_cards, english_documents, english_keypad, english_modules, english_screen),
}
CATALOGUES: dict[str, dict[str, str]] = {
    language: {key: text for part in parts for key, text in part.SENTENCES.items()}
    for language, parts in _PARTS.items()
}

_PLURALS = {
    "fr": re.compile(r"\b([01]) (essai|jour|objet|octet)s\b"),
    "en": re.compile(r"\b(1) (byte|day|object)s\b"),
}
"""Where a message counts, it has the plural: in French, none is singular as well."""


def preferred(environment: Mapping[str, str]) -> str:
    """English if the system is set to English, French for everybody else (POSIX, clause 8.2)."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if locale.startswith("en") else "fr"


class Messages:
    """The sentences of one language: `messages.text("key", name=...)`."""

    def __init__(self, language: str) -> None:
        self.language = language

    def text(self, key: str, **values: object) -> str:
        text = CATALOGUES[self.language][key].format(**values)
        return _PLURALS[self.language].sub(r"\1 \2", text)

    def __contains__(self, key: str) -> bool:
        return key in CATALOGUES[self.language]

    def date(self, moment: datetime) -> str:
        return moment.astimezone().strftime(CATALOGUES[self.language]["date"])

    def moment(self, moment: datetime) -> str:
        return moment.astimezone().strftime(CATALOGUES[self.language]["moment"])
