"""Holder and card in words, as on the first screen and under « Lecture données » of CPS Gestion."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from cryptolib.cli.certificates import SEVERITIES, explained_identifier, validity_result
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Line
from cryptolib.cli.severity import Severity
from cryptolib.metier.card import Card, CardCertificate
from cryptolib.metier.chain import validity
from cryptolib.metier.codes import Code

RENEWAL = timedelta(days=92)
"""A card that ends in less than three months: that is how long its renewal may take."""


def card_lines(card: Card, messages: Messages, now: datetime) -> list[Line]:
    return [
        *holder_lines(card, messages),
        *identity_lines(card, messages, now),
        *[certificate_line(each, messages, now) for each in card.certificates],
    ]


def holder_lines(card: Card, messages: Messages) -> list[Line]:
    holder = card.holder
    facts = [
        ("card.holder", _name(card, messages)),
        ("card.identifier", explained_identifier(card.national_identifier)),
        ("card.profession", _words(holder.profession) if holder and card.family == "CPS" else None),
        ("show.future_profession", _words(holder.future_profession) if holder else None),
        ("show.trade", _words(holder.trade) if holder else None),
        ("show.savoir_faire", _words(card.savoir_faire)),
        ("show.organization", card.subject.organization if card.subject and card.family in ("CPE", "CPA") else None),
    ]
    lines = [Line(messages.text(title), text) for title, text in facts if text]
    if card.identifiers_agree is False:
        assert card.subject
        lines.append(
            Line(
                messages.text("card.identifier"),
                messages.text("show.other_identifier", identifier=card.subject.national_identifier),
                Severity.WARNING,
            )
        )
    return lines


def _name(card: Card, messages: Messages) -> str | None:
    """Title, given name and name; or the message for a card without a name."""
    author = card.author
    if author is None:
        return None
    if author.substituted:
        return messages.text("show.no_name")
    civility = card.name.civility.label if card.name and card.name.civility else None
    return " ".join(part for part in (civility, author.given_name, author.family_name) if part)


def identity_lines(card: Card, messages: Messages, now: datetime) -> list[Line]:
    lines = []
    kind = card.holder.card_type.label if card.holder and card.holder.card_type else card.family
    if kind:
        lines.append(Line(messages.text("show.family"), kind))
    if card.number:
        lines.append(Line(messages.text("card.card"), messages.text("show.number", number=card.number)))
    if card.test:
        lines.append(Line(messages.text("show.category"), messages.text("show.test"), Severity.INFO))
    if card.issued:
        lines.append(Line(messages.text("show.issued"), _day(card.issued, messages)))
    if card.expires:
        lines.append(_end(card.expires, messages, now))
    return lines


def _end(last_day: date, messages: Messages, now: datetime) -> Line:
    """The card is valid to the end of its last day."""
    end = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    state = validity(datetime.min.replace(tzinfo=UTC), end, now, RENEWAL)
    advice = f"advice.card_end.{state}"
    return Line(
        messages.text("show.expires"),
        messages.text(f"card_end.{state}", end=_day(last_day, messages), days=(end - now).days),
        SEVERITIES[state],
        messages.text(advice) if advice in messages else "",
    )


def certificate_line(entry: CardCertificate, messages: Messages, now: datetime) -> Line:
    title = messages.text("show.certificate", use=messages.text(f"use.{entry.use}"))
    return validity_result(entry, title, messages, now).line(messages)


def _day(day: date, messages: Messages) -> str:
    return messages.date(datetime.combine(day, time(12)))


def _words(code: Code | None) -> str | None:
    """The label of a code; None for 00, which means no code."""
    return None if code is None or (code.code.strip("0") == "" and code.label is None) else str(code)
