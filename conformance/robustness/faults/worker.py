"""``python -m conformance.robustness.faults.worker``: the process in which the module runs, led line by line (JSON).

``prepare CARD SCENARIO``, ``run``, ``run in steps``, ``follow-up``, ``start again``, ``end``. Each is answered by one
line; a run in steps writes ``step`` after each call, and goes on when it gets a line.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from conformance.robustness.faults.application import Application, GuardedModule
from conformance.robustness.faults.follow_up import follow_up, start_again
from conformance.robustness.faults.scenarios import Scenario, scenarios
from conformance.testbed.cards import EVERY_CARD
from conformance.testbed.client import Refused, import_installed_package, module_path


class Worker:
    """The module, loaded once, and the application that uses it."""

    def __init__(self) -> None:
        self._p11 = GuardedModule(module_path())
        self._app: Application | None = None
        self._scenario: Scenario | None = None
        self._succeeded = False
        self._results: dict[str, object] = {}

    @property
    def app(self) -> Application:
        assert self._app is not None
        return self._app

    @property
    def scenario(self) -> Scenario:
        assert self._scenario is not None
        return self._scenario

    def prepare(self, card: str, scenario: str) -> dict[str, object]:
        self._app = Application(self._p11, EVERY_CARD[card])
        self._scenario = scenarios(self.app.card)[scenario]
        return self._answer(lambda: self.scenario.prepare(self.app))

    def run(self, after: Callable[[str], None]) -> dict[str, object]:
        self._p11.after = after
        answer = self._answer(lambda: self.scenario.run(self.app))
        self._p11.after = lambda name: None
        self._succeeded = answer["refused"] is None
        return answer

    def follow_up(self) -> dict[str, object]:
        def act() -> object:
            self._results = follow_up(self.app, self.scenario, succeeded=self._succeeded)
            return self._results

        return self._answer(act)

    def start_again(self) -> dict[str, object]:
        return self._answer(lambda: start_again(self.app, self._results))

    def end(self) -> dict[str, object]:
        return self._answer(lambda: self._p11.ok("C_Finalize", None))

    def _answer(self, act: Callable[[], object]) -> dict[str, object]:
        """The result, or the refused call with its code, or the defect of an answer's form."""
        answer: dict[str, object] = {"result": None, "refused": None, "wrong": None}
        self._p11.overruns.clear()
        started = time.monotonic()
        try:
            answer["result"] = act()
        except Refused as refused:
            answer["refused"] = [refused.function, int(refused.rv)]
        except (AssertionError, ValueError) as error:
            answer["wrong"] = f"{type(error).__name__}: {error}"
        return answer | {"seconds": time.monotonic() - started, "overruns": list(self._p11.overruns)}


def _say(answer: object) -> None:
    print(json.dumps(answer), flush=True)


def _step(name: str) -> None:
    _say("step")
    sys.stdin.readline()


def main() -> None:
    import_installed_package()
    worker = Worker()
    _say("ready")
    for line in sys.stdin:
        match json.loads(line):
            case ["prepare", str(card), str(scenario)]:
                _say(worker.prepare(card, scenario))
            case ["run"]:
                _say(worker.run(lambda name: None))
            case ["run in steps"]:
                _say(worker.run(_step))
            case ["follow-up"]:
                _say(worker.follow_up())
            case ["start again"]:
                _say(worker.start_again())
            case ["end"]:
                _say(worker.end())
            case unknown:
                raise ValueError(f"no such order: {unknown}")


if __name__ == "__main__":
    main()
