"""The cost of a module: APDUs and bytes from the virtual card's log, milliseconds from the caller's clock."""

import json
import subprocess
import sys
from dataclasses import dataclass

from conformance.benchmarks.steps import KEYS
from conformance.testbed.rig import Rig
from conformance.virtual_card.latency import REALISTIC


@dataclass(frozen=True, slots=True)
class Cost:
    step: str
    apdus: int
    bytes: int
    milliseconds: float
    refusal: str
    card: str = "cps3"

    @property
    def line_milliseconds(self) -> float:
        """The time of the bytes on the line of a real card, computed."""
        return self.bytes * REALISTIC[self.card].byte


def one_process(rig: Rig, module: str, card: str, slot_position: int = 0, steps: str = KEYS) -> list[Cost]:
    """The cost of every step of one application, in a process of its own."""
    command = [sys.executable, "-m", "conformance.benchmarks.steps", module, card, str(slot_position), steps]
    costs = []
    with subprocess.Popen(command, env=rig.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        while True:
            rig.clear_log()
            try:
                process.stdin.write("\n")
                process.stdin.flush()
            except BrokenPipeError:
                break
            answer = process.stdout.readline()
            if not answer:
                break
            step, milliseconds, refusal = json.loads(answer)
            costs.append(Cost(step, rig.apdu_count(), rig.byte_count(), milliseconds, refusal, card))
    if process.returncode:
        raise RuntimeError(f"the measured process ended with status {process.returncode}")
    return costs


def seconds_to_the_token(costs: list[Cost]) -> float:
    """The time that the card is busy, computed from the bytes."""
    steps = [cost.step for cost in costs]
    return sum(cost.line_milliseconds for cost in costs[: steps.index("C_GetTokenInfo") + 1]) / 1000
