"""docs/cps.schema.json describes every command that answers in JSON, and no other."""

import json
from pathlib import Path

from cryptolib.cli.browsers.target import Program, State
from cryptolib.cli.cards import ReaderState, Tries
from cryptolib.cli.severity import Severity
from tests.cli.test_manual import COMMANDS

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "cps.schema.json").read_text(encoding="utf-8"))
DEFINITIONS = SCHEMA["definitions"]
WITHOUT_JSON = {"gestion"}


def test_every_command_has_a_definition() -> None:
    described = {name.partition(" -")[0] for name in DEFINITIONS} - {
        "failure", "severity", "tries", "state", "check", "validity", "person", "code_rule", "target",
    }  # fmt: skip
    assert described == {name.removeprefix("cps ") for name in COMMANDS} - WITHOUT_JSON


def test_the_values_are_those_of_the_command() -> None:
    assert set(DEFINITIONS["severity"]["enum"]) == {*map(str, Severity)}
    assert set(DEFINITIONS["tries"]["enum"]) == {*map(str, Tries)}
    assert set(DEFINITIONS["state"]["enum"]) == {*map(str, ReaderState)}
    target = DEFINITIONS["target"]["properties"]
    assert set(target["program"]["enum"]) == {*map(str, Program)}
    assert set(target["state"]["enum"]) == {*map(str, State), None}
