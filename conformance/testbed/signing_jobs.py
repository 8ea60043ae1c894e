"""The jobs of programs that sign through a Python library, and the check of the signatures that they print."""

from __future__ import annotations

import json
from typing import Any

from conformance.testbed.cards import Card, KeyNames
from conformance.testbed.mechanism_recipes import Recipe, recipes_of

MESSAGE = b"Un patient, une ordonnance, une signature."


def request(module: str, card: Card) -> str:
    """Every mechanism with every key that has it, for the program's standard input."""
    return json.dumps({"module": module, "jobs": [_job(recipe, names) for recipe, names in _jobs(card)]})


def wrong_signatures(card: Card, printed: str) -> list[str]:
    """The missing and the wrong signatures, of those made alone and those made in four threads."""
    work, made = _jobs(card), json.loads(printed)
    wrong = []
    for way in ("alone", "together"):
        if len(made[way]) != len(work):
            wrong.append(f"{len(made[way])} of {len(work)} {way}")
        for (recipe, names), signature in zip(work, made[way], strict=False):
            if not recipe.holds(card.public_key(names), MESSAGE, bytes.fromhex(signature)):
                wrong.append(f"{recipe.kind.name} {names.private} {way}")
    return wrong


def _jobs(card: Card) -> list[tuple[Recipe, KeyNames]]:
    return [(recipe, names) for recipe in recipes_of(card) for names in recipe.keys(card)]


def _job(recipe: Recipe, names: KeyNames) -> dict[str, Any]:
    words = recipe.words
    return {
        "label": names.private,
        "mechanism": int(recipe.kind),
        "data": recipe.data(MESSAGE).hex(),
        "pss": [words.mechanism, words.mgf, words.algorithm.digest_size] if recipe.pss else None,
    }
