"""Makes the golden files: `python -m tests.metier.golden` writes them again, for a reader to compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptolib.metier.card import card
from cryptolib.metier.codec import decode
from cryptolib.metier.json_form import card_to_json, to_json
from tests.metier.examples import EXAMPLES
from tests.metier.families import FAMILIES

FOLDER = Path(__file__).with_name("golden")


def forms() -> dict[str, Any]:
    """The decoded form of every example and every family of cards, by file name."""
    records = {label: to_json(decode(label, value)) for label, value in EXAMPLES.items()}
    cards = {name: card_to_json(card(each.objects, each.certificates)) for name, each in FAMILIES.items()}
    return records | cards


def text(form: Any) -> str:
    return json.dumps(form, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, form in forms().items():
        FOLDER.joinpath(f"{name}.json").write_text(text(form), encoding="utf-8")
