"""`cps diag`: all checks, then a test signature, or with --web a test page for the browser."""

from __future__ import annotations

from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.context import Context
from cryptolib.cli.diagnosis import browser_check, signature_check
from cryptolib.cli.diagnosis.chain import examine
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.options import DiagnosisOptions
from cryptolib.cli.severity import worst


def run(context: Context, options: DiagnosisOptions) -> Exit:
    with context.output.working(context.text("working.examining")):
        chain = examine(context.messages)
    cards = [each.card for each in chain.readers if each.card is not None]
    _show(context, "diag.chain", chain.results)
    end = browser_check.run(context, options, cards) if options.web else signature_check.run(context, options, cards)
    _show(context, "diag.web" if options.web else "diag.signature", end)
    results = [*chain.results, *end]
    code = worst([result.severity for result in results])
    if context.json:
        facts = [result.facts(context.messages) for result in results]
        context.output.json({"module": str(chain.module), "checks": facts})
    else:
        context.output.line(context.text(f"diag.{code.name.lower()}"))
    return code


def _show(context: Context, title: str, results: list[CheckResult]) -> None:
    if not results or context.json:
        return
    context.output.panel(context.text(title), [result.line(context.messages) for result in results])
    # Long lines would break in a frame.
    for line in (result.copied for result in results if result.copied):
        context.output.plain(f"    {line}")
