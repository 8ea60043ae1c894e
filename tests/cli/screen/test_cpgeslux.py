"""docs/cps.md says which of our facts is each fact of the screens of CPS Gestion: the screen has these titles."""

import re
from pathlib import Path

from cryptolib.cli.messages.language import CATALOGUES

PAGE = (Path(__file__).parents[3] / "docs" / "cps.md").read_text(encoding="utf-8")
FIELDS = {"CPS_ID_CARD": "81 82 83 84", "CPS_NAME_PS": "80 84", "CPS_INFO_PS": "80 81 82 83 84 85"} | {
    "CPS_ACTIVITY_nn_PS": "80 81 82 84 85 86", "CPS_SIT_FACT": "81 82 83 84",
}  # fmt: skip
"""What CPS Gestion shows of each object."""


def rows() -> list[list[str]]:
    table = PAGE.partition("### Comparaison avec `cpgeslux`")[2].partition("###")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"][2:]


def test_the_titles_are_those_of_the_screen() -> None:
    titles = {title for row in rows() for title in re.findall("« (.+?) »", row[1])}
    assert titles and titles - {*CATALOGUES["fr"].values()} == set()


def test_no_field_is_left_out() -> None:
    said: dict[str, set[str]] = {}
    for *_, place in rows():
        for label, fields in re.findall(r"`(\w+)`([^`]*)", place):
            said.setdefault(label, set()).update(re.findall(r"\d\d", fields))
    assert said == {label: {*fields.split()} for label, fields in FIELDS.items()}
