"""Checks the --json output of `cps` against docs/cps.schema.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

_DOCS = Path(__file__).parents[2] / "docs"
_DECODER = "metier.schema.json"


@cache
def definitions() -> dict[str, Any]:
    """The definitions of both schema files; those of the decoder get other names."""
    own, decoder = ((_DOCS / name).read_text(encoding="utf-8") for name in ("cps.schema.json", _DECODER))
    found: dict[str, Any] = {
        **json.loads(decoder)["definitions"],
        **json.loads(own.replace(_DECODER, ""))["definitions"],
    }
    return found


def require_described(command: Sequence[str], answer: object) -> None:
    """:raises AssertionError: when the answer is neither described by the schema nor a failure."""
    name = _name(command)
    try:
        _check("failure" if isinstance(answer, dict) and "failure" in answer else name)(answer)
    except fastjsonschema.JsonSchemaValueException as error:
        raise AssertionError(f"cps {' '.join(command)}: {error.message}") from error


def _name(command: Sequence[str]) -> str:
    """`code status` for `cps code status --json`, with the options that change the output."""
    known = definitions()
    first = " ".join(command[:2]) if " ".join(command[:2]) in known else command[0]
    return next((f"{first} {each}" for each in command if f"{first} {each}" in known and each.startswith("-")), first)


@cache
def _check(name: str) -> Callable[[object], object]:
    check: Callable[[object], object] = fastjsonschema.compile(
        {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": definitions(), "$ref": _reference(name)}
    )
    return check


def _reference(name: str) -> str:
    return f"#/definitions/{name}"
