"""``python -m conformance.robustness.soak``: everything that only shows after a while, in a bounded time, as one table.

Ends with 1 when there was a fault. ``--write`` puts the figures into docs/verification.md as well.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from conformance.documentation.verification import machine, table, write_section
from conformance.robustness.soak.programs import Programs, shown
from conformance.robustness.soak.scenarios import Row, everything

ARTEFACTS = Path(__file__).parents[3] / "build" / "soak"
_SECONDS = 600.0


def main() -> int:
    options = _parser().parse_args()
    seed = random.randrange(1 << 31) if options.seed is None else options.seed
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    print(f"{machine()}\nseed {seed}, {options.seconds:g} s", flush=True)
    rows = []
    for number, scenario in enumerate(everything(Programs(ARTEFACTS), options.seconds, seed), 1):
        if not options.only or number in options.only:
            rows.append(scenario())
            _show(number, rows[-1])
    print(f"\n{_rows(rows)}\n\n{_answers(rows)}")
    if options.write:
        _write(rows, f"make soak SOAK_SECONDS={options.seconds:g} SOAK=--write", seed)
    return 1 if any(row.faults for row in rows) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.robustness.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="how long in all (%(default)g)")
    parser.add_argument("--seed", type=int, help="of the pauses and the actions; random by default")
    parser.add_argument("--only", type=int, action="append", help="the number of a scenario; may be repeated")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/verification.md")
    return parser


def _show(number: int, row: Row) -> None:
    print(f"{number:2} {row.name}: {row.figures}", flush=True)
    for fault in row.faults:
        print(f"     FAULT {fault}", flush=True)


def _rows(rows: Sequence[Row]) -> str:
    shown_rows = [[row.name, row.figures, "<br>".join(row.faults) or "none"] for row in rows]
    return table(["what", "figures", "faults"], shown_rows)


def _answers(rows: Sequence[Row]) -> str:
    """How often each function gave each answer."""
    total: Counter[tuple[str, int]] = Counter()
    for row in rows:
        total += row.outcome.counts
    return table(
        ["function", "answer", "times"],
        [[name, shown(answer), str(number)] for (name, answer), number in sorted(total.items())],
    )


def _write(rows: Sequence[Row], command: str, seed: int) -> None:
    for section in ("Soak", "Stress", "Fork"):
        own = [row for row in rows if row.section == section]
        if own:
            write_section(section, command, f"Seed {seed}.\n\n{_rows(own)}\n\n{_answers(own)}")


if __name__ == "__main__":
    sys.exit(main())
