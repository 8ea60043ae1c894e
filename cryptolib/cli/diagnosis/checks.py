"""The single checks from the clock to the browser."""

from __future__ import annotations

from datetime import datetime

from cryptolib.cli.browsers.states import TargetState
from cryptolib.cli.browsers.target import BROWSERS, State
from cryptolib.cli.cards import Card, Reader, ReaderState, Tries
from cryptolib.cli.certificates import validity_result
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.codes.lines import TRIES_SEVERITIES
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.pcsc_service import Service
from cryptolib.cli.severity import Severity


def clock(now: datetime, made: datetime, messages: Messages) -> CheckResult:
    """The clock is wrong if it is before the date of the module."""
    if now < made:
        return CheckResult("clock.behind", Severity.FAILURE, {"today": messages.date(now), "made": messages.date(made)})
    return CheckResult("clock.plausible", Severity.OK, {"today": messages.date(now)})


def service(state: Service) -> CheckResult:
    severity = Severity.OK if state is Service.RUNNING else Severity.FAILURE
    return CheckResult(f"service.{state}", severity)


def reader(found: list[Reader]) -> CheckResult:
    if not found:
        return CheckResult("reader.none", Severity.FAILURE)
    return CheckResult("reader.seen", Severity.OK, {"names": ", ".join(each.name for each in found)})


def cards(found: list[Reader]) -> list[CheckResult]:
    """The card in each reader. No card at all is an error; beside a CPS card, an empty reader or another card is
    not.
    """
    cps = any(each.card for each in found)
    results = [_card(each, cps) for each in found if each.state is not ReaderState.EMPTY]
    return results or [CheckResult("card.none", Severity.FAILURE)]


def _card(found: Reader, cps: bool) -> CheckResult:
    values: dict[str, object] = {"reader": found.name, "detail": found.fault}
    if found.card is not None:
        return CheckResult("card.cps", Severity.OK, {**values, "label": found.card.label, "serial": found.card.serial})
    if found.state is ReaderState.UNKNOWN and cps:
        return CheckResult("card.other", Severity.INFO, values)
    return CheckResult(f"card.{found.state}", Severity.FAILURE, values)


def card(found: Card, now: datetime, messages: Messages) -> list[CheckResult]:
    """The facts of a card that need no code."""
    results = [CheckResult(f"tries.{found.code}", TRIES_SEVERITIES[found.code])]
    if found.unusable:
        results = [CheckResult("card.unusable", Severity.FAILURE)]
    elif found.unblocking is Tries.LOCKED:
        results.append(CheckResult("unblocking.locked", Severity.WARNING))
    results += [validity_result(each.entry, each.entry.label, messages, now) for each in found.certificates]
    if not found.certificates:
        results.append(CheckResult("certificate.none", Severity.FAILURE))
    if not found.pss:
        results.append(CheckResult("tls.without_pss", Severity.INFO))
    return results


def registered(found: list[TargetState], messages: Messages) -> list[CheckResult]:
    browsers = [each for each in found if each.target.program in BROWSERS]
    results = []
    for key, states, severity in (
        ("registered.yes", {State.REGISTERED, State.MACHINE}, Severity.OK),
        ("registered.no", {State.ABSENT}, Severity.WARNING),
        ("registered.stale", {State.STALE}, Severity.WARNING),
        ("registered.sandboxed", {State.SANDBOXED}, Severity.INFO),
        ("registered.unreadable", {None}, Severity.WARNING),
    ):
        names = sorted({messages.text(f"program.{each.target.program}") for each in browsers if each.state in states})
        if names:
            results.append(CheckResult(key, severity, {"programs": ", ".join(names)}))
    return results or [CheckResult("registered.nobody", Severity.INFO)]
