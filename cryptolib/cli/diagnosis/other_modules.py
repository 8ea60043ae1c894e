"""The check of other modules for CPS cards beside ours: what goes wrong then, and what makes an end of it."""

from __future__ import annotations

from collections.abc import Iterable

from cryptolib.cli.browsers.other_modules import Declaration, Other
from cryptolib.cli.browsers.states import TargetState
from cryptolib.cli.browsers.target import Program, State
from cryptolib.cli.cards import Card, Reader, Tries
from cryptolib.cli.diagnosis import opensc
from cryptolib.cli.diagnosis.check_result import CheckResult
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.severity import Severity

_OURS = {State.REGISTERED, State.MACHINE, State.STALE}


def other_modules(
    declared: list[Declaration], targets: list[TargetState], readers: list[Reader], messages: Messages
) -> list[CheckResult]:
    """A warning where a program has both modules and a card that both know, else a fact."""
    ours = {each.target.program for each in targets if each.state in _OURS}
    # A configuration of OpenSSL names one module: there, the other is never beside ours.
    beside = {each.other for each in declared if each.program in ours and each.program is not Program.OPENSSL}
    places = {other: [each for each in declared if each.other is other] for other in Other}
    results = []
    if places[Other.OPENSC]:
        results.append(_opensc(_programs(places[Other.OPENSC], messages), Other.OPENSC in beside, readers))
    if places[Other.ORIGINAL]:
        values: dict[str, object] = {
            "programs": _programs(places[Other.ORIGINAL], messages),
            "places": ", ".join(str(each.path) for each in places[Other.ORIGINAL]),
        }
        both = Other.ORIGINAL in beside
        key, severity = ("original.beside", Severity.WARNING) if both else ("original.alone", Severity.INFO)
        results.append(CheckResult(key, severity, values))
    return results


def _opensc(programs: str, beside: bool, readers: list[Reader]) -> CheckResult:
    values: dict[str, object] = {"programs": programs}
    known = [each.name for each in readers if each.card and _known_to_opensc(each.card)]
    if not known:
        return CheckResult("opensc.unconcerned", Severity.INFO, values)
    settings = opensc.text()
    seen = [name for name in known if opensc.sees(name, settings)]
    if not seen:
        return CheckResult("opensc.hidden", Severity.INFO, values)
    line = opensc.hiding_line(seen, [each.name for each in readers if each.name not in seen])
    key, severity = ("opensc.beside", Severity.WARNING) if beside else ("opensc.alone", Severity.INFO)
    return CheckResult(key, severity, {**values, "file": opensc.configuration()}, copied=line)


def _known_to_opensc(card: Card) -> bool:
    """It knows the CPS3 in its contact form, not at the antenna, and not the CPS4 (conformance tries it)."""
    return not card.pss and card.code is not Tries.NONE


def _programs(declared: Iterable[Declaration], messages: Messages) -> str:
    return ", ".join(sorted({messages.text(f"program.{each.program}") for each in declared}))
