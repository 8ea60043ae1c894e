"""`python -m conformance.acceptance.groups`: every case of the plan has one player, or a reason to have none.

That the players report the cases they claim is seen when they are played: conformance.acceptance.plan_run.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Set

from conformance.acceptance.plan import DELIBERATE, NOT_RUN, numbers, plan
from conformance.acceptance.plan_run import GROUPS


def gaps(cases: Iterable[str], played: Iterable[str], left: Set[str], excused: Set[str]) -> list[str]:
    """What does not fit together: the plan, the players' cases, those left out and those excused."""
    known, players = set(cases), Counter(played)
    found: Mapping[str, Iterable[str]] = {
        "has no player and no reason": known - players.keys() - left,
        "has several players": {number for number, count in players.items() if count > 1},
        "is played, and left out with a reason": players.keys() & left,
        "is not in the plan": (players.keys() | left | excused) - known,
    }
    return [f"case {number} {why}" for why, those in found.items() for number in sorted(those, key=float)]


def plan_gaps() -> list[str]:
    cases = [case.number for case in plan()]
    played = [number for group in GROUPS for number in numbers(group.cases)]
    return gaps(cases, played, NOT_RUN.keys(), DELIBERATE.keys())


def main() -> int:
    found = plan_gaps()
    print("\n".join(found) or f"{len(plan())} cases: each has its player, {len(NOT_RUN)} a reason to have none")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
