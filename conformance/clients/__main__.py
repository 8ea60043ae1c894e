"""Runs real clients, a few at a time, and prints the table: ``python -m conformance.clients [WORD...]``.

Ends with 1 when a client did not do what it should, or left something behind. What the clients printed is kept in
build/clients.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.clients.catalog import STORIES
from conformance.clients.play import played
from conformance.clients.story import Story
from conformance.clients.support.client_environment import ARTEFACTS
from conformance.clients.support.results import Outcome, Verdict, table
from conformance.clients.support.unchanged_machine import changed, snapshot
from conformance.testbed.terminal import Terminal

_JOBS = 4

Part = tuple[Story, str]


def main() -> int:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parts = _chosen(options.words, windows=not options.without_windows)
    if not parts:
        print("no story has this in its name; --list shows them", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(f"{story.slug}-{card}" for story, card in parts))
        return 0
    return _play_all(parts, options.jobs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.clients", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only stories with one of these in their name")
    parser.add_argument("--list", action="store_true", help="name them, play none")
    parser.add_argument("--without-windows", action="store_true", help="only what needs no screen")
    parser.add_argument("--jobs", type=int, default=_JOBS, help="how many at a time (%(default)s)")
    return parser


def _chosen(words: Sequence[str], *, windows: bool) -> list[Part]:
    every = [(story, card) for story in STORIES for card in story.cards if windows or not story.windows]
    return [part for part in every if not words or any(word in f"{part[0].slug}-{part[1]}" for word in words)]


def _play_all(parts: Sequence[Part], jobs: int) -> int:
    terminal = Terminal(sys.stdout)
    terminal.title("Clients", "real programs, real servers, virtual cards that take the time of real ones")
    before = snapshot()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            outcomes = list(pool.map(lambda part: _shown(terminal, *part), parts))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    for line in ["", *table(outcomes)]:
        print(line)
    touched = changed(before, snapshot())
    if touched:
        terminal.failed(f"changed outside the stories: {', '.join(touched)}")
    failed = sum(outcome.verdict is Verdict.FAILED for outcome in outcomes)
    print(f"\n{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed or touched else 0


def _shown(terminal: Terminal, story: Story, card: str) -> Outcome:
    outcome = played(story, card)
    _announce(terminal, outcome, ARTEFACTS / f"{story.slug}-{card}")
    return outcome


def _announce(terminal: Terminal, outcome: Outcome, artefacts: Path) -> None:
    what = f"{outcome.client}, {outcome.card.upper()}: {outcome.does}"
    if outcome.verdict is Verdict.FAILED:
        terminal.failed(f"{what}\n{outcome.why}\nkept in {artefacts.relative_to(Path.cwd())}")
    else:
        terminal.done(what, f"{outcome.seconds:.1f} s" + (f"; {outcome.why}" if outcome.why else ""))


if __name__ == "__main__":
    sys.exit(main())
