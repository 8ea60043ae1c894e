"""Which language the command speaks, and how a sentence of it is found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cryptolib.cli.words import english, french

CATALOGUES: dict[str, dict[str, str]] = {"fr": french.SENTENCES, "en": english.SENTENCES}


def preferred(environment: Mapping[str, str]) -> str:
    """English for who asked the system for English, French for everybody else (POSIX, clause 8.2)."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if locale.startswith("en") else "fr"


class Words:
    """The sentences of one language: `say("key", name=...)`."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        return CATALOGUES[self.language][key].format(**values)

    def __contains__(self, key: str) -> bool:
        return key in CATALOGUES[self.language]

    def date(self, moment: datetime) -> str:
        return moment.astimezone().strftime(CATALOGUES[self.language]["date"])
