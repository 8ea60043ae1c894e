"""The situations d'exercice in words, with their billing records, and the unused numbers."""

from __future__ import annotations

from collections.abc import Iterator

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Line
from cryptolib.metier.billing import BillingRecord
from cryptolib.metier.card import Card
from cryptolib.metier.situation import Situation


def situation_lines(card: Card, messages: Messages) -> Iterator[tuple[str, list[Line]]]:
    """Title and facts of each. Unlike in CPS Gestion, an unused number does not end the list."""
    for practice in card.practices:
        facts = [*_situation(practice.situation), *_billing(practice.billing, messages)]
        lines = [
            Line(messages.text(f"situation.{title}"), str(fact)) for title, fact in facts if fact not in (None, "")
        ]
        if practice.billing is None:
            lines.append(Line(messages.text("situation.billing_of_none"), messages.text("situation.no_billing")))
        yield messages.text("situation.title", number=practice.number), lines
    if not card.practices:
        yield (
            messages.text("situation.heading"),
            [Line(messages.text("situation.on_card"), messages.text("situation.none"))],
        )
    elif card.holes:
        free = ", ".join(map(str, card.holes))
        yield messages.text("situation.heading"), [Line(messages.text("situation.free"), free)]


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


def _billing(billing: BillingRecord | None, messages: Messages) -> list[tuple[str, object]]:
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
        ("claims", _allowed(billing.may_sign_claims, messages)),
        ("batches", _allowed(billing.may_sign_batches, messages)),
    ]


def _allowed(right: bool | None, messages: Messages) -> str | None:
    return None if right is None else messages.text("situation.allowed" if right else "situation.forbidden")
