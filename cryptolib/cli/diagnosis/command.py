"""`cps diag`: the whole chain, link by link, and at its end a proof: a signature, or a browser that gets in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptolib.cli.browsers.command import survey_of_user
from cryptolib.cli.cards import ModuleFailed, Reader, load, readers
from cryptolib.cli.context import Context
from cryptolib.cli.diagnosis import checks, proof, web
from cryptolib.cli.diagnosis.finding import Finding
from cryptolib.cli.diagnosis.service import Service, service
from cryptolib.cli.exits import Exit
from cryptolib.cli.module import registered_path
from cryptolib.cli.options import DiagnosisOptions
from cryptolib.cli.verdict import Verdict, worst
from cryptolib.cli.words.language import Words


def run(context: Context, options: DiagnosisOptions) -> Exit:
    say = context.say
    module = registered_path()
    found, loaded = _load(module)
    cards = [each.card for each in found if each.card is not None]
    chain = _chain(say, module, found, loaded)
    _show(context, "diag.chain", chain)
    end = web.play(context, options, cards) if options.web else proof.play(context, options, cards)
    _show(context, "diag.web" if options.web else "diag.signature", end)
    code = worst([finding.verdict for finding in (*chain, *end)])
    if context.json:
        context.output.json({"module": str(module), "findings": [each.facts(say) for each in (*chain, *end)]})
    else:
        context.output.line(say(f"diag.{code.name.lower()}"))
    return code


def _load(module: Path) -> tuple[list[Reader], Finding]:
    try:
        return readers(load(module)), Finding("module.loaded", Verdict.OK, {"path": module})
    except ModuleFailed as error:
        return [], Finding("module.failed", Verdict.FAILURE, {"path": module, "detail": error})


def _chain(say: Words, module: Path, found: list[Reader], loaded: Finding) -> list[Finding]:
    """A link that hangs on a broken one is left out: it would only say again what is said already."""
    now, state = datetime.now(UTC), service()
    findings = [checks.clock(now, _made(module), say), checks.service(state), loaded]
    if state is Service.RUNNING and loaded.verdict is Verdict.OK:
        findings.append(checks.reader(found))
        if found:
            findings += checks.cards(found)
    for each in found:
        if each.card is not None:
            findings += checks.card(each.card, now, say)
    return [*findings, *checks.registered(survey_of_user(), say)]


def _made(module: Path) -> datetime:
    """The file's own date; long ago when there is no file."""
    return datetime.fromtimestamp(module.stat().st_mtime if module.exists() else 0, UTC)


def _show(context: Context, title: str, findings: list[Finding]) -> None:
    if findings and not context.json:
        context.output.panel(context.say(title), [finding.line(context.say) for finding in findings])
