"""Records, certificates and cards as JSON, the output of `--json`. docs/metier.schema.json is the schema.

A code is an object with code, label, nomenclature and system; dates and times are ISO 8601; bytes are hexadecimal.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from cryptolib.metier import tlv
from cryptolib.metier.card import Card, CardCertificate
from cryptolib.metier.certificate import Certificate
from cryptolib.metier.codes import Code
from cryptolib.metier.record import Fields, Record, Unknown
from cryptolib.metier.subject import Author, subject
from cryptolib.metier.tlv import Tlv
from cryptolib.metier.tree import NamedNode, named, tree
from cryptolib.metier.use import Use

_LAST = ("rest", "tail", "missing", "raw")
_CARD = (
    "family",
    "test",
    "number",
    "issued",
    "expires",
    "national_identifier",
    "identifiers_agree",
    "role",
    "savoir_faire",
    "nominative",
    "author",
    "holes",
)


def to_json(record: Record) -> dict[str, Any]:
    """The record as JSON: kind and label, fields, derived properties, and the parts that were not understood."""
    form: dict[str, Any] = {"object": type(record).__name__, "label": record.label, **_fields(record)}
    if isinstance(record, Unknown):
        whole = tree(record)
        form |= {"tree": [_node(each) for each in whole.nodes], "remaining": whole.remaining.hex()}
    return form


def certificate_to_json(certificate: Certificate, use: Use) -> dict[str, Any]:
    """The certificate as JSON: the parts of its subject, and its use; without the DER."""
    said = subject(certificate.subject)
    return {
        "use": use,
        "serial_number": certificate.serial_number,
        "issuer": str(certificate.issuer),
        "not_before": _value(certificate.not_before),
        "not_after": _value(certificate.not_after),
        "key_usages": list(certificate.key_usages),
        "extended_key_usages": list(certificate.extended_key_usages),
        "family": certificate.family,
        "subject": {
            "name": str(certificate.subject),
            **{field.name: getattr(said, field.name) for field in fields(said)},
            "national_identifier": said.national_identifier,
            "identifier_type": _value(said.identifier_type),
            "structure_type": _value(said.structure_type),
            "nominative": said.nominative,
        },
    }


def card_to_json(card: Card) -> dict[str, Any]:
    """The card as JSON: what software asks for first, situations with their billing, certificates, every object."""
    return {
        **{name: _value(getattr(card, name)) for name in _CARD},
        "practices": [
            {
                "number": practice.number,
                "situation": to_json(practice.situation),
                "billing": _value(practice.billing),
            }
            for practice in card.practices
        ],
        "certificates": [_card_certificate(each) for each in card.certificates],
        "objects": [to_json(record) for record in card.records],
    }


def _card_certificate(entry: CardCertificate) -> dict[str, Any]:
    certificate = certificate_to_json(entry.certificate, entry.use) if entry.certificate else None
    return {"label": entry.label, "certificate": certificate}


def _fields(record: Fields) -> dict[str, Any]:
    last = [name for name in _LAST if hasattr(record, name)]
    own = [field.name for field in fields(record) if field.name not in (*_LAST, "label")]
    return {name: _value(getattr(record, name)) for name in (*own, *record.derived, *last)}


def _value(item: object) -> Any:
    match item:
        case Fields():
            return _fields(item)
        case Code():
            system = f"urn:oid:{item.oid}" if item.oid else None
            return {"code": item.code, "label": item.label, "nomenclature": item.nomenclature, "system": system}
        case Author():
            return {field.name: getattr(item, field.name) for field in fields(item)}
        case Tlv():
            return _node(named(tlv.tree(item.raw)[0])[0])
        case date():
            return item.isoformat()
        case bytes():
            return item.hex()
        case tuple():
            return [_value(each) for each in item]
        case _:
            return item


def _node(each: NamedNode) -> dict[str, Any]:
    """A data object of a tree, with its children or its value."""
    form: dict[str, Any] = {"tag": f"{each.tag:02X}", "name": each.name}
    if each.children:
        return {**form, "children": [_node(child) for child in each.children]}
    return {**form, "value": each.value.hex()}
