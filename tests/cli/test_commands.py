"""Each command of the command line is a function that takes the options which the table says."""

import inspect

import pytest

from cryptolib.cli import commands
from cryptolib.cli.commands import Command
from tests.cli.test_manual import COMMANDS

TABLE = {name: each for name, each in vars(commands).items() if isinstance(each, Command)}


@pytest.mark.parametrize("name", TABLE)
def test_a_command_takes_a_context_and_its_options(name: str) -> None:
    run = TABLE[name].load()
    assert list(inspect.signature(run).parameters) == ["context", "options"]
    types = inspect.get_annotations(run)
    assert types == {"context": "Context", "options": TABLE[name].options.__name__, "return": "Exit"}


def test_the_command_line_has_every_command() -> None:
    assert {command.get_default("run") for command in COMMANDS.values()} == {*TABLE.values()}
