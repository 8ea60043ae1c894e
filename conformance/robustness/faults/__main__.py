"""``python -m conformance.robustness.faults``: the fault matrix, as far as there is time, and its counts."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from random import Random, SystemRandom

from conformance.documentation.verification import write_section
from conformance.robustness.faults import report
from conformance.robustness.faults.cases import Case
from conformance.robustness.faults.expectations import WRONG, Verdict
from conformance.robustness.faults.matrix import CARDS, every_case, record, run_cases


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.robustness.faults", description="The fault matrix.")
    parser.add_argument("--seed", type=int, help="the order of the cases and the bits that are inverted")
    parser.add_argument("--minutes", type=float, default=40.0, help="no case begins later (default %(default)s)")
    parser.add_argument("--rigs", type=int, default=4, help="how many cards are at work at once (default %(default)s)")
    parser.add_argument("--card", choices=CARDS, action="append", help="only this one; may be repeated")
    parser.add_argument("--fault", action="append", help="only this one; may be repeated")
    parser.add_argument("--case", type=Case.parse, action="append", help="only this case; may be repeated")
    parser.add_argument("--write", action="store_true", help="put the counts into docs/verification.md")
    return parser


def main() -> int:
    options = _parser().parse_args()
    seed = SystemRandom().randrange(10**6) if options.seed is None else options.seed
    known = record({case.card for case in options.case} if options.case else options.card or CARDS)
    cases = options.case or [
        case for case in every_case(known, Random(seed)) if not options.fault or case.kind in options.fault
    ]
    print(f"seed {seed}: {len(cases)} cases", flush=True)
    started = time.monotonic()
    verdicts = run_cases(cases, known, options.rigs, options.minutes * 60)
    seconds = time.monotonic() - started
    print(f"{len(verdicts)} run in {seconds:.0f} s, {len(verdicts) / seconds:.1f} a second\n")
    counts = "\n".join(report.tables(verdicts, Counter(case.card for case in cases)))
    print(counts)
    if options.write:
        command = f"python -m conformance.robustness.faults --seed {seed} --minutes {options.minutes:g}"
        write_section("Fault matrix", command, counts)
    return _print_wrong(verdicts)


def _print_wrong(verdicts: list[Verdict]) -> int:
    wrong = [one for one in verdicts if one.outcome == WRONG]
    if wrong:
        print(f"\n{len(wrong)} cases are wrong:", *report.wrong(wrong), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
