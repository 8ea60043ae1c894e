"""`cps diag`: the whole chain, link by link, and at its end a proof: a signature, or a browser that gets in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptolib.cli.browsers.states import states_for_user
from cryptolib.cli.cards import ModuleFailed, Reader, load, readers
from cryptolib.cli.context import Context
from cryptolib.cli.diagnosis import browser_check, checks, signature_check
from cryptolib.cli.diagnosis.check_result import CheckResult
from cryptolib.cli.diagnosis.service import Service, service
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.module import registered_path
from cryptolib.cli.options import DiagnosisOptions
from cryptolib.cli.severity import Severity, worst


def run(context: Context, options: DiagnosisOptions) -> Exit:
    messages = context.messages
    module = registered_path()
    found, loaded = _load(module)
    cards = [each.card for each in found if each.card is not None]
    chain = _chain(messages, module, found, loaded)
    _show(context, "diag.chain", chain)
    end = browser_check.run(context, options, cards) if options.web else signature_check.run(context, options, cards)
    _show(context, "diag.web" if options.web else "diag.signature", end)
    code = worst([result.severity for result in (*chain, *end)])
    if context.json:
        context.output.json({"module": str(module), "checks": [each.facts(messages) for each in (*chain, *end)]})
    else:
        context.output.line(messages.text(f"diag.{code.name.lower()}"))
    return code


def _load(module: Path) -> tuple[list[Reader], CheckResult]:
    try:
        return readers(load(module)), CheckResult("module.loaded", Severity.OK, {"path": module})
    except ModuleFailed as error:
        return [], CheckResult("module.failed", Severity.FAILURE, {"path": module, "detail": error})


def _chain(messages: Messages, module: Path, found: list[Reader], loaded: CheckResult) -> list[CheckResult]:
    """A link that hangs on a broken one is left out: it would only say again what is said already."""
    now, state = datetime.now(UTC), service()
    results = [checks.clock(now, _made(module), messages), checks.service(state), loaded]
    if state is Service.RUNNING and loaded.severity is Severity.OK:
        results.append(checks.reader(found))
        if found:
            results += checks.cards(found)
    for each in found:
        if each.card is not None:
            results += checks.card(each.card, now, messages)
    return [*results, *checks.registered(states_for_user(module), messages)]


def _made(module: Path) -> datetime:
    """The file's own date; long ago when there is no file."""
    return datetime.fromtimestamp(module.stat().st_mtime if module.exists() else 0, UTC)


def _show(context: Context, title: str, results: list[CheckResult]) -> None:
    if results and not context.json:
        context.output.panel(context.text(title), [result.line(context.messages) for result in results])
