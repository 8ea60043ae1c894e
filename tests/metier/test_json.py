"""The output of `--json`: golden files, and the schema for any card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.virtual_card.tlv import tlv
from cryptolib.metier.card import card
from cryptolib.metier.certificate import parse
from cryptolib.metier.codec import decode
from cryptolib.metier.json_form import card_to_json, certificate_to_json, to_json
from cryptolib.metier.use import use
from tests.metier import golden
from tests.metier.certificates import AUTHORITY, ORGANISATION, issue
from tests.metier.examples import EXAMPLES
from tests.metier.families import FAMILIES

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "metier.schema.json").read_text(encoding="utf-8"))


def validator(definition: str) -> Callable[[Any], Any]:
    """Checks against one definition: its messages say what is wrong, those of a choice do not."""
    only = {key: value for key, value in SCHEMA.items() if key != "oneOf"}
    check: Callable[[Any], Any] = fastjsonschema.compile({**only, "$ref": f"#/definitions/{definition}"})
    return check


CHECKS = {name: validator(name) for name in SCHEMA["definitions"]}


def check_record(form: dict[str, Any]) -> None:
    """The parsed JSON, as a program finds it."""
    CHECKS[form["object"]](json.loads(json.dumps(form)))


@pytest.mark.parametrize("name", golden.forms())
def test_golden_files(name: str) -> None:
    assert (golden.FOLDER / f"{name}.json").read_text(encoding="utf-8") == golden.text(golden.forms()[name])


def test_there_are_no_other_golden_files() -> None:
    assert {path.stem for path in golden.FOLDER.iterdir()} == set(golden.forms())


@pytest.mark.parametrize("name", golden.forms())
def test_golden_files_follow_the_schema(name: str) -> None:
    form = json.loads((golden.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    fastjsonschema.validate(SCHEMA, form)
    CHECKS["card" if name in FAMILIES else form["object"]](form)


def test_the_schema_describes_nothing_that_is_not_printed() -> None:
    printed = {form.get("object", "card") for form in golden.forms().values()}
    described = {name for name in SCHEMA["definitions"] if name[0].isupper()}
    assert described - printed == {"BillingRecord", "Unknown"}
    assert SCHEMA["definitions"]["record"]["oneOf"] == [
        {"$ref": f"#/definitions/{name}"} for name in SCHEMA["definitions"] if name in described - {"BillingRecord"}
    ]


def test_an_unknown_object_is_shown_as_a_tree() -> None:
    value = tlv(0xE5, tlv(0x80, b"fr"), tlv(0xA1, tlv(0x81, b""), tlv(0x5F20, b"\x01"))) + b"\x80\x7f" + bytes(9)
    form = to_json(decode("CPS_LANG_PS", value))
    check_record(form)
    assert form["object"] == "Unknown"
    assert form["remaining"] == "807f"
    assert form["tree"] == [
        {
            "tag": "E5",
            "name": None,
            "children": [
                {"tag": "80", "name": None, "value": "6672"},
                {
                    "tag": "A1",
                    "name": None,
                    "children": [
                        {"tag": "81", "name": None, "value": ""},
                        {"tag": "5F20", "name": None, "value": "01"},
                    ],
                },
            ],
        }
    ]


def test_a_field_that_is_not_understood_is_printed() -> None:
    form = to_json(decode("CPS_ID_CARD", tlv(0xE3, tlv(0x83, b"\xff" * 4), tlv(0xAF, tlv(0x80, b"\x01")))))
    check_record(form)
    assert form["issued"] is None
    assert form["rest"] == [
        {"tag": "83", "name": None, "value": "ffffffff"},
        {"tag": "AF", "name": None, "children": [{"tag": "80", "name": None, "value": "01"}]},
    ]


def test_a_certificate_of_an_organisation_and_of_an_authority() -> None:
    for usages in (AUTHORITY, ("key_encipherment",), ("digital_signature",)):
        certificate = parse(issue(ORGANISATION, usages))
        assert certificate is not None
        form = certificate_to_json(certificate, use(certificate))
        CHECKS["certificate"](json.loads(json.dumps(form)))
        fastjsonschema.validate(SCHEMA, form)


def test_a_card_that_says_nothing_and_one_with_damage() -> None:
    CHECKS["card"](card_to_json(card({})))
    CHECKS["card"](card_to_json(card({"CPS_INFO_PS": b"\xed\x10\x80"}, [("Certificat de Signature CPS", b"?")])))


LABELS = st.sampled_from([*EXAMPLES, "CPS_LANG_PS"])


@given(LABELS, st.binary(max_size=120))
def test_any_bytes_follow_the_schema(label: str, value: bytes) -> None:
    check_record(to_json(decode(label, value)))


@given(LABELS, st.lists(st.tuples(st.integers(0x7F, 0x8A), st.binary(max_size=8)), max_size=12))
def test_any_fields_follow_the_schema(label: str, fields: list[tuple[int, bytes]]) -> None:
    content = b"".join(tlv(tag, value) for tag, value in fields)
    container = EXAMPLES.get(label, b"\xe5")[0]
    check_record(to_json(decode(label, tlv(container, content, tlv(0xA0, content)))))
