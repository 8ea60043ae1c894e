"""The result of one check, with advice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Line
from cryptolib.cli.severity import Severity


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`key` is <check>.<state>: the name of the message and of the advice."""

    key: str
    severity: Severity
    values: dict[str, object] = field(default_factory=dict)
    title: str = ""
    """What exactly was checked, where there are several of a kind."""
    copied: str = ""
    """The line that the advice speaks of, as it has to be written somewhere."""

    def line(self, messages: Messages) -> Line:
        advice = f"advice.{self.key}"
        return Line(
            self.title or messages.text(f"check.{self.key.partition('.')[0]}"),
            messages.text(self.key, **self.values),
            self.severity,
            messages.text(advice, **self.values) if advice in messages else "",
        )

    def facts(self, messages: Messages) -> dict[str, Any]:
        line = self.line(messages)
        facts = {"check": self.key, "severity": self.severity, "text": line.text, "advice": line.advice}
        return {**facts, "line": self.copied} if self.copied else facts
