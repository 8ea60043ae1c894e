"""One thing that was checked, how it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cryptolib.cli.output import Line
from cryptolib.cli.verdict import Verdict
from cryptolib.cli.words.language import Words


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` is <what was checked>.<how it is>, the name of its sentence and of the advice that goes with it."""

    key: str
    verdict: Verdict
    values: dict[str, object] = field(default_factory=dict)
    title: str = ""
    """What exactly was checked, where there are several of a kind."""

    def line(self, say: Words) -> Line:
        advice = f"advice.{self.key}"
        return Line(
            self.title or say(f"check.{self.key.partition('.')[0]}"),
            say(self.key, **self.values),
            self.verdict,
            say(advice, **self.values) if advice in say else "",
        )

    def facts(self, say: Words) -> dict[str, Any]:
        line = self.line(say)
        return {"finding": self.key, "verdict": self.verdict, "text": line.text, "advice": line.advice}
