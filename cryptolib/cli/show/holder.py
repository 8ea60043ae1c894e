"""Holder and card in words: what CPS Gestion has on its first screen and under « Lecture données »."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from cryptolib.cli.certificates import VERDICTS, period
from cryptolib.cli.output import Line
from cryptolib.cli.verdict import Verdict
from cryptolib.cli.words.language import Words
from cryptolib.metier.card import Card, CardCertificate
from cryptolib.metier.chain import validity
from cryptolib.metier.codes import PERSON_IDENTIFIER_TYPE, Code

RENEWAL = timedelta(days=92)
"""A card that ends in less than three months: that is how long its renewal may take."""


def card_lines(card: Card, say: Words, now: datetime) -> list[Line]:
    return [
        *_holder(card, say),
        *_card(card, say, now),
        *[certificate_line(each, say, now) for each in card.certificates],
    ]


def _holder(card: Card, say: Words) -> list[Line]:
    holder = card.holder
    facts = [
        ("card.holder", _name(card, say)),
        ("card.identifier", _identifier(card)),
        ("card.profession", _words(holder.profession) if holder and card.family == "CPS" else None),
        ("show.future_profession", _words(holder.future_profession) if holder else None),
        ("show.trade", _words(holder.trade) if holder else None),
        ("show.savoir_faire", _words(card.savoir_faire)),
        ("show.organization", card.subject.organization if card.subject and card.family in ("CPE", "CPA") else None),
    ]
    lines = [Line(say(title), text) for title, text in facts if text]
    if card.identifiers_agree is False:
        assert card.subject
        lines.append(
            Line(
                say("card.identifier"),
                say("show.other_identifier", identifier=card.subject.national_identifier),
                Verdict.WARNING,
            )
        )
    return lines


def _name(card: Card, say: Words) -> str | None:
    """Title, given name and name; of a card without a name, that it has none."""
    author = card.author
    if author is None:
        return None
    if author.substituted:
        return say("show.no_name")
    civility = card.name.civility.label if card.name and card.name.civility else None
    return " ".join(part for part in (civility, author.given_name, author.family_name) if part)


def _identifier(card: Card) -> str | None:
    """As it stands, and which number it is: its first character says so."""
    identifier = card.national_identifier
    if not identifier:
        return None
    kind = Code(identifier[0], PERSON_IDENTIFIER_TYPE).label
    return f"{identifier} ({kind} {identifier[1:]})" if kind else identifier


def _card(card: Card, say: Words, now: datetime) -> list[Line]:
    lines = []
    kind = card.holder.card_type.label if card.holder and card.holder.card_type else card.family
    if kind:
        lines.append(Line(say("show.family"), kind))
    if card.number:
        lines.append(Line(say("card.card"), say("show.number", number=card.number)))
    if card.test:
        lines.append(Line(say("show.category"), say("show.test"), Verdict.INFO))
    if card.issued:
        lines.append(Line(say("show.issued"), _day(card.issued, say)))
    if card.expires:
        lines.append(_end(card.expires, say, now))
    return lines


def _end(last_day: date, say: Words, now: datetime) -> Line:
    """The card is good until the end of its last day."""
    end = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    state = validity(datetime.min.replace(tzinfo=UTC), end, now, RENEWAL)
    advice = f"advice.card_end.{state}"
    return Line(
        say("show.expires"),
        say(f"card_end.{state}", end=_day(last_day, say), days=(end - now).days),
        VERDICTS[state],
        say(advice) if advice in say else "",
    )


def certificate_line(entry: CardCertificate, say: Words, now: datetime) -> Line:
    title = say("show.certificate", use=say(f"use.{entry.use}"))
    return period(entry.certificate, title, say, now).line(say)


def _day(day: date, say: Words) -> str:
    return say.date(datetime.combine(day, time(12)))


def _words(code: Code | None) -> str | None:
    """None for 00, which stands where a card has no such code."""
    return None if code is None or (code.code.strip("0") == "" and code.label is None) else str(code)
