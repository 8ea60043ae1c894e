"""The version stands in meson.build alone; what repeats it agrees."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]


def of_the_build() -> str:
    (found,) = re.findall(r"^  version: '([\d.]+)',$", (ROOT / "meson.build").read_text(), re.MULTILINE)
    return str(found)


def test_the_installed_module_has_it() -> None:
    assert version("cryptolib-cps") == of_the_build()


def test_the_project_takes_it_from_the_build() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert "version" in project["dynamic"]


def test_the_changelog_begins_with_it() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    number = re.escape(of_the_build())
    assert re.fullmatch(rf"\[Unreleased\] {number}|\[{number}\] \d{{4}}-\d\d-\d\d", headings[0])
