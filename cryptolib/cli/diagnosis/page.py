"""The test page of `cps diag --web`; it loads nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from cryptolib.cli.cards import Card
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import SIGNS
from cryptolib.cli.severity import Severity
from cryptolib.cli.status import card_lines

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color: #222; }}
h1 {{ font-size: 1.4rem; border-left: .5rem solid {colour}; padding-left: 1rem; }}
th {{ text-align: left; font-weight: normal; color: #555; padding-right: 2rem; }}
</style>
</head>
<body>
<h1>{sign} {title}</h1>
<p>{text}</p>
<p>{advice}</p>
<table>{rows}</table>
</body>
</html>
"""
_COLOURS = {Severity.OK: "#18753c", Severity.FAILURE: "#ce0500"}


def render(messages: Messages, result: CheckResult, card: Card | None) -> str:
    line = result.line(messages)
    facts = card_lines(card, messages, datetime.now(UTC)) if card else []
    rows = "".join(f"<tr><th>{escape(fact.title)}</th><td>{escape(fact.text)}</td></tr>" for fact in facts)
    return _PAGE.format(
        language=messages.language,
        title=escape(messages.text(f"page.{result.severity}")),
        colour=_COLOURS[result.severity],
        sign=SIGNS[result.severity],
        text=escape(line.text),
        advice=escape(line.advice),
        rows=rows,
    )
