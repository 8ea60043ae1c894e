"""For how long what was seen of a reader and its card counts as "now": calls of a burst share one look (ADR 0016)."""

from __future__ import annotations

SECONDS = 0.003
