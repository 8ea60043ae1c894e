"""Another program: it moves the card and uses it while a scenario runs; actions and pauses are drawn at random."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from conformance.testbed.helper import RigError
from conformance.testbed.rig import Rig

Action = Callable[[Rig], None]
Actions = Mapping[str, tuple[Action, int]]
"""Each by name, with its weight."""


def move_the_card(rig: Rig) -> None:
    rig.remove()
    rig.insert()


CARD_MOVES: Actions = {"removal": (move_the_card, 1)}
EVERYTHING: Actions = {
    "reset": (Rig.reset_card, 6),
    "unpower": (Rig.unpower_card, 4),
    "removal": (move_the_card, 3),
    "pcscd restarted": (Rig.restart_pcscd, 1),
}


SHARING_VIOLATION = "8010000B"
MOMENT_SECONDS = 5.0
"""After its last session the module has the card for itself until it is reset (ADR 0007): a wait, not a refusal."""


class Disturber:
    """Counts its actions, and those that PC/SC refused: other programs must be able to use the card."""

    def __init__(self, rig: Rig, seed: int, actions: Actions, longest_pause: float) -> None:
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.delayed: Counter[str] = Counter()
        self._rig = rig
        self._chance = random.Random(seed)
        self._actions = actions
        self._pause = longest_pause
        self._end = threading.Event()

    def run(self) -> None:
        names = list(self._actions)
        if not names:
            return
        weights = [weight for _, weight in self._actions.values()]
        while not self._end.wait(self._chance.uniform(0, self._pause)):
            (name,) = self._chance.choices(names, weights)
            try:
                self._act(name)
                self.done[name] += 1
            except RigError as error:
                self.refused[f"{name}: {str(error)[:160]}"] += 1
        self._rig.insert()

    def _act(self, name: str) -> None:
        end = time.monotonic() + MOMENT_SECONDS
        while True:
            try:
                return self._actions[name][0](self._rig)
            except RigError as error:
                if SHARING_VIOLATION not in str(error) or time.monotonic() > end:
                    raise
            self.delayed[name] += 1
            self._end.wait(0.005)

    def stop(self) -> None:
        self._end.set()


@contextmanager
def disturbed(rig: Rig, seed: int, actions: Actions, longest_pause: float) -> Iterator[Disturber]:
    disturber = Disturber(rig, seed, actions, longest_pause)
    thread = threading.Thread(target=disturber.run)
    thread.start()
    try:
        yield disturber
    finally:
        disturber.stop()
        thread.join(120)
