"""The man pages and the shell completions know every command, option and exit code, and no other."""

import argparse
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import shtab

from cryptolib.cli.arguments import parser
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.messages.language import Messages

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "man" / "cps.1", ROOT / "docs" / "man" / "fr" / "cps.1"]
COMPLETIONS = {"bash": ROOT / "docs" / "completion" / "cps.bash", "zsh": ROOT / "docs" / "completion" / "_cps"}


def commands(command: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something, by its full name."""
    inner = [action for action in command._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield name.strip(), command
    for action in inner:
        for word, each in action.choices.items():
            yield from commands(each, f"{name} {word}")


COMMANDS = dict(commands(parser(Messages("fr"))))
OPTIONS = {
    option
    for command in [parser(Messages("fr")), *COMMANDS.values()]
    for action in command._actions
    for option in action.option_strings
}


@pytest.mark.parametrize("page", PAGES, ids=["English", "French"])
def test_a_man_page_is_complete(page: Path) -> None:
    text = page.read_text().replace("\\-", "-")
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text)) == OPTIONS
    assert [name for name in COMMANDS if f"\n.B {name}\n" not in text] == []
    assert {int(code) for code in re.findall(r"^\.B (\d+)$", text, re.MULTILINE)} == {*map(int, Exit)}


def test_the_page_for_users_has_every_exit_code() -> None:
    page = (ROOT / "docs" / "cps.md").read_text()
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == {*map(int, Exit)}


def test_both_man_pages_have_the_same_outline() -> None:
    outlines = [re.findall(r"^\.(SH|TP|PP)\b", page.read_text(), re.MULTILINE) for page in PAGES]
    assert outlines[0] == outlines[1]


@pytest.mark.parametrize("shell", COMPLETIONS)
def test_completions_are_current(shell: str) -> None:
    assert COMPLETIONS[shell].read_text() == shtab.complete(parser(Messages("fr")), shell), "scripts/completion"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("cps d", {"data", "diag"}),
        ("cps browsers i", {"install"}),
        ("cps browsers install --only f", {"firefox"}),
        ("cps diag --w", {"--web", "--wait"}),
    ],
)
def test_bash_completes(typed: str, offered: set[str]) -> None:
    script = f"""
source {COMPLETIONS["bash"]}
COMP_WORDS=({typed}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_cps
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True)
    assert set(done.stdout.split()) == offered
