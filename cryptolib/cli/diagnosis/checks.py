"""The chain from the clock to the browser, link by link, each judged by itself."""

from __future__ import annotations

from datetime import datetime

from cryptolib.cli.browsers.command import Report
from cryptolib.cli.browsers.place import State
from cryptolib.cli.cards import Card, Presence, Reader, Tries
from cryptolib.cli.certificates import period
from cryptolib.cli.codes.lines import TRIES_VERDICTS
from cryptolib.cli.diagnosis.finding import Finding
from cryptolib.cli.diagnosis.service import Service
from cryptolib.cli.verdict import Verdict
from cryptolib.cli.words.language import Words
from cryptolib.metier.certificate import parse


def clock(now: datetime, made: datetime, say: Words) -> Finding:
    """No day before the module was made can be today."""
    if now < made:
        return Finding("clock.behind", Verdict.FAILURE, {"today": say.date(now), "made": say.date(made)})
    return Finding("clock.plausible", Verdict.OK, {"today": say.date(now)})


def service(state: Service) -> Finding:
    verdict = Verdict.OK if state is Service.RUNNING else Verdict.FAILURE
    return Finding(f"service.{state}", verdict)


def reader(found: list[Reader]) -> Finding:
    if not found:
        return Finding("reader.none", Verdict.FAILURE)
    return Finding("reader.seen", Verdict.OK, {"names": ", ".join(each.name for each in found)})


def cards(found: list[Reader]) -> list[Finding]:
    """What is in each reader. No card at all is a fault; an empty reader or another card beside a CPS card is none."""
    cps = any(each.card for each in found)
    findings = [_card(each, cps) for each in found if each.presence is not Presence.EMPTY]
    return findings or [Finding("card.none", Verdict.FAILURE)]


def _card(found: Reader, cps: bool) -> Finding:
    values: dict[str, object] = {"reader": found.name, "detail": found.fault}
    if found.card is not None:
        return Finding("card.cps", Verdict.OK, {**values, "label": found.card.label, "serial": found.card.serial})
    if found.presence is Presence.UNKNOWN and cps:
        return Finding("card.other", Verdict.INFO, values)
    return Finding(f"card.{found.presence}", Verdict.FAILURE, values)


def card(found: Card, now: datetime, say: Words) -> list[Finding]:
    """What a card says of itself without any code."""
    findings = [Finding(f"tries.{found.code}", TRIES_VERDICTS[found.code])]
    if found.unusable:
        findings = [Finding("card.unusable", Verdict.FAILURE)]
    elif found.unblocking is Tries.LOCKED:
        findings.append(Finding("unblocking.locked", Verdict.WARNING))
    findings += [period(parse(each.der), each.label, say, now) for each in found.certificates]
    if not found.certificates:
        findings.append(Finding("certificate.none", Verdict.FAILURE))
    if not found.pss:
        findings.append(Finding("tls.without_pss", Verdict.INFO))
    return findings


def registered(reports: list[Report], say: Words) -> list[Finding]:
    """Browsers and mail; what else asks p11-kit or OpenSSL knows what it does."""
    browsers = [each for each in reports if each.place.program in {"firefox", "chromium", "thunderbird"}]
    findings = []
    for key, states, verdict in (
        ("registered.yes", {State.REGISTERED, State.MACHINE}, Verdict.OK),
        ("registered.no", {State.ABSENT}, Verdict.WARNING),
        ("registered.stale", {State.STALE}, Verdict.WARNING),
        ("registered.sandboxed", {State.SANDBOXED}, Verdict.INFO),
        ("registered.unreadable", {None}, Verdict.WARNING),
    ):
        names = sorted({say(f"program.{each.place.program}") for each in browsers if each.state in states})
        if names:
            findings.append(Finding(key, verdict, {"programs": ", ".join(names)}))
    return findings or [Finding("registered.nobody", Verdict.INFO)]
