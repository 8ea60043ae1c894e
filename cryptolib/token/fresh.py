"""How long a look at a reader and its card counts as "now": the calls of a burst share one look (ADR 0016)."""

from __future__ import annotations

SECONDS = 0.003
