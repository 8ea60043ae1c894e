"""The situations d'exercice in words, each with the record that it bills under, and the numbers that none has."""

from __future__ import annotations

from collections.abc import Iterator

from cryptolib.cli.output import Line
from cryptolib.cli.words.language import Words
from cryptolib.metier.billing import BillingRecord
from cryptolib.metier.card import Card
from cryptolib.metier.situation import Situation


def situation_lines(card: Card, say: Words) -> Iterator[tuple[str, list[Line]]]:
    """The title and the facts of each; unlike CPS Gestion, a number that is free does not end the list."""
    for practice in card.practices:
        facts = [*_situation(practice.situation), *_billing(practice.billing, say)]
        lines = [Line(say(f"situation.{title}"), str(fact)) for title, fact in facts if fact not in (None, "")]
        if practice.billing is None:
            lines.append(Line(say("situation.billing"), say("situation.no_billing")))
        yield say("situation.title", number=practice.number), lines
    if not card.practices:
        yield say("situation.heading"), [Line(say("situation.heading"), say("situation.none"))]
    elif card.holes:
        free = ", ".join(map(str, card.holes))
        yield say("situation.heading"), [Line(say("situation.free"), free)]


def _situation(situation: Situation) -> list[tuple[str, object]]:
    structure = situation.structure_type
    kind = f" ({structure.label} {situation.structure_number})" if structure and structure.label else ""
    return [
        ("mode", situation.mode),
        ("status", situation.mode_status or situation.status),
        ("structure", situation.structure_name),
        ("structure_identifier", f"{situation.structure_identifier}{kind}" if situation.structure_identifier else None),
        ("sector", situation.sector),
        ("vihf", situation.sector_vihf),
        ("pharmacy_section", situation.pharmacy_section),
    ]


def _billing(billing: BillingRecord | None, say: Words) -> list[tuple[str, object]]:
    if billing is None:
        return []
    approvals = ", ".join(str(each) for each in billing.approvals or () if each.code != "00")
    return [
        ("billing", billing.identifier),
        ("speciality", billing.speciality),
        ("convention", billing.convention),
        ("zone", billing.zone),
        ("travel_allowance", billing.travel_allowance),
        ("approvals", approvals),
        ("claims", _allowed(billing.may_sign_claims, say)),
        ("batches", _allowed(billing.may_sign_batches, say)),
    ]


def _allowed(right: bool | None, say: Words) -> str | None:
    return None if right is None else say("situation.allowed" if right else "situation.forbidden")
