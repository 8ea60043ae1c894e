"""The tries left of the code porteur, for the state line and the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cryptolib.cli.cards import ReaderState, Tries
from cryptolib.cli.codes.lines import TRIES_SEVERITIES
from cryptolib.cli.context import Context
from cryptolib.cli.output import SIGNS
from cryptolib.cli.watch import Snapshot


def tries_text(context: Context, now: Snapshot) -> str:
    """The tries left in a few words; empty for a card without a code."""
    if now.code is Tries.NONE:
        return ""
    unusable = now.code is Tries.LOCKED and now.unblocking is Tries.LOCKED
    return context.text(f"gestion.tries.{'unusable' if unusable else now.code}")


def warning(context: Context, now: Snapshot) -> str:
    """The tries left after their sign; empty while all are left."""
    text = "" if now.code is Tries.ENOUGH else tries_text(context, now)
    return f"{SIGNS[TRIES_SEVERITIES[now.code]]} {text}" if text else ""


class TriesSeen:
    """Finds changed tries between two looks at the readers, whichever program spent them.

    A card that is in use in between counts as the same card.
    """

    def __init__(self) -> None:
        self._last: dict[str, Snapshot] = {}

    def changed(self, readers: Mapping[str, Snapshot]) -> Iterator[tuple[str, Snapshot]]:
        for reader, now in readers.items():
            if now.state is not ReaderState.CPS:
                continue
            last, self._last[reader] = self._last.get(reader), now
            if last and (last.label, last.serial) == (now.label, now.serial) and last.code is not now.code:
                yield reader, now
