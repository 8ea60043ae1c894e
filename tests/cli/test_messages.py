"""Both languages say the same things, and everything that the command says is there."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptolib.cli import __main__ as command
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
from cryptolib.cli.messages.language import CATALOGUES, Messages, preferred
from cryptolib.cli.screen.menu import OF_THE_MENU

SOURCES = sorted(Path(command.__file__).parent.rglob("*.py"))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_languages_have_the_same_sentences() -> None:
    ours, theirs = CATALOGUES["fr"], CATALOGUES["en"]
    assert list(ours) == list(theirs)
    assert [key for key in ours if placeholders(ours[key]) != placeholders(theirs[key])] == []


def test_no_sentence_stands_twice() -> None:
    for parts in (
        (french, french_cards, french_documents, french_keypad, french_modules, french_screen),
        (english, english_cards, english_documents, english_keypad, english_modules, english_screen),
    ):
        keys = [key for part in parts for key in part.SENTENCES]
        assert len(keys) == len({*keys})


def strings() -> Iterator[str]:
    """Every string in the sources, the catalogues' left out; of a composed one what can be read, then *."""
    for path in SOURCES:
        if not path.stem.startswith(("french", "english")):
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Constant(str(text)):
                        yield text
                    case ast.JoinedStr(parts):
                        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts)


def asked_for() -> Iterator[str]:
    """The keys that the sources ask for by their full name."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(ast.Name("text") | ast.Attribute(_, "text"), [ast.Constant(str(key)), *_]):
                    yield key


def test_every_sentence_asked_for_exists() -> None:
    keys = set(asked_for())
    assert keys
    assert keys - set(CATALOGUES["fr"]) == set()


def test_every_sentence_is_asked_for() -> None:
    asked = {each for key in strings() for each in (key, f"{OF_THE_MENU}{key}")}
    families = {pattern.removesuffix("*") for pattern in asked if pattern.endswith(".*")}
    assert [
        key for key in CATALOGUES["fr"] if key not in asked and not any(key.startswith(family) for family in families)
    ] == []


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "fr"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_US.UTF-8", "LC_ALL": ""}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "fr"),
    ],
)
def test_french_unless_the_system_speaks_english(environment: dict[str, str], language: str) -> None:
    assert preferred(environment) == language


@pytest.mark.parametrize(
    ("language", "days", "said"),
    [("fr", 0, "dans 0 jour :"), ("fr", 1, "dans 1 jour :"), ("fr", 21, "dans 21 jours :"), ("en", 1, "in 1 day:")],
)
def test_a_message_counts_one_in_the_singular(language: str, days: int, said: str) -> None:
    assert said in Messages(language).text("certificate.soon", end="", days=days)
