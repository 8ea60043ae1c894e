"""Both languages say the same things, and everything that the command says is there."""

import ast
import string
from pathlib import Path

import pytest

from cryptolib.gestion import __main__ as command
from cryptolib.gestion.words.language import CATALOGUES, preferred

SOURCES = sorted(Path(command.__file__).parent.rglob("*.py"))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_languages_have_the_same_sentences() -> None:
    french, english = CATALOGUES["fr"], CATALOGUES["en"]
    assert list(french) == list(english)
    assert [key for key in french if placeholders(french[key]) != placeholders(english[key])] == []


def asked_for() -> set[str]:
    """The keys that the sources name; of a composed one, what can be read of it, with * for the rest."""
    keys = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"say", "self._say"}:
                match node.args[0]:
                    case ast.Constant(str(key)):
                        keys.add(key)
                    case ast.JoinedStr(parts):
                        keys.add("".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts))
    return keys


def test_every_sentence_asked_for_exists_and_every_sentence_is_asked_for() -> None:
    asked = asked_for()
    patterns = {key[:-1] for key in asked if key.endswith("*")}
    assert {key for key in asked if "*" not in key} <= set(CATALOGUES["fr"])
    assert [
        key for key in CATALOGUES["fr"]
        if key not in asked and key.rpartition(".")[0] + "." not in patterns and key != "date"
    ] == []  # fmt: skip


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
