"""Checks for other modules for CPS cards: their effects, and how to remove them."""

from __future__ import annotations

from cryptolib.cli.browsers.other_modules import Declaration, OtherModule
from cryptolib.cli.browsers.states import TargetState
from cryptolib.cli.browsers.target import BROWSERS, Program, State
from cryptolib.cli.cards import Card, Reader, Tries
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.diagnosis import opensc
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.severity import Severity

_OURS = {State.REGISTERED, State.MACHINE, State.STALE}


def other_modules(
    declared: list[Declaration], targets: list[TargetState], readers: list[Reader], messages: Messages
) -> list[CheckResult]:
    """A warning if a browser has both modules and a card that both support, else a fact."""
    ours = {each.target.program for each in targets if each.state in _OURS}
    opensc_places = [each for each in declared if each.other is OtherModule.OPENSC]
    original_places = [each for each in declared if each.other is OtherModule.ORIGINAL]
    results = []
    if opensc_places:
        results.append(_opensc(_Programs(opensc_places, ours, messages), readers))
    if original_places:
        results.append(_original(_Programs(original_places, ours, messages), original_places))
    return results


class _Programs:
    """The programs that load another module, and whether they load ours too."""

    def __init__(self, places: list[Declaration], ours: set[Program], messages: Messages) -> None:
        programs = {each.program for each in places}
        self.names = ", ".join(sorted(messages.text(f"program.{each}") for each in programs))
        # An OpenSSL configuration names one module: there the other is never beside ours.
        both = programs & ours - {Program.OPENSSL}
        self.beside = bool(both)
        self.severity = Severity.WARNING if both & BROWSERS else Severity.INFO


def _opensc(programs: _Programs, readers: list[Reader]) -> CheckResult:
    values: dict[str, object] = {"programs": programs.names}
    known = [each.name for each in readers if each.card and _known_to_opensc(each.card)]
    if not known:
        return CheckResult("opensc.unconcerned", Severity.INFO, values)
    settings = opensc.text()
    seen = [name for name in known if opensc.is_visible(name, settings)]
    if not seen:
        return CheckResult("opensc.hidden", Severity.INFO, values)
    line = opensc.ignored_readers_line(seen, [each.name for each in readers if each.name not in seen])
    key = "opensc.beside" if programs.beside else "opensc.alone"
    return CheckResult(key, programs.severity, {**values, "file": opensc.configuration()}, copied=line)


def _original(programs: _Programs, places: list[Declaration]) -> CheckResult:
    values: dict[str, object] = {"programs": programs.names, "places": ", ".join(str(each.path) for each in places)}
    return CheckResult("original.beside" if programs.beside else "original.alone", programs.severity, values)


def _known_to_opensc(card: Card) -> bool:
    """True for a card that OpenSC supports: the CPS3 with contacts, not contactless, and not the CPS4 (tested in
    conformance).
    """
    return not card.pss and card.code is not Tries.NONE
