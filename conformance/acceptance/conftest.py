"""Runs the acceptance plan in pytest: one run per card, and the table of results at the end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from conformance.acceptance import table
from conformance.acceptance.plan import order
from conformance.acceptance.plan_run import PlanRun
from conformance.acceptance.run import Run
from conformance.testbed.cards import EVERY_CARD
from conformance.testbed.client import Module
from conformance.testbed.rig import Rig


@pytest.fixture(scope="module")
def plan_run_of(loaded: Module, rig: Rig) -> Iterator[Callable[[str], PlanRun]]:
    """A function that gives the run with a card. The first case of another card ends the run.

    An unfinished group is an error of the fixture, if all its cases were reported before.
    """
    with ExitStack() as running:
        runs: dict[str, PlanRun] = {}

        def plan_run_of(name: str) -> PlanRun:
            if name not in runs:
                running.close()
                runs.clear()
                runs[name] = running.enter_context(_plan_run(loaded, rig, name))
            return runs[name]

        yield plan_run_of


@contextmanager
def _plan_run(loaded: Module, rig: Rig, name: str) -> Iterator[PlanRun]:
    rig.insert(name)
    rig.clear_faults()
    rig.reissue()
    plan_run = PlanRun(Run(loaded, EVERY_CARD[name], rig))
    yield plan_run
    loaded.C_Finalize(None)
    rig.reissue()
    assert plan_run.errors() == []


@pytest.fixture
def plan_run(plan_run_of: Callable[[str], PlanRun], card_name: str) -> PlanRun:
    return plan_run_of(card_name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    rows = [{str(name): str(value) for name, value in report.user_properties} for report in reports]
    of_plan = sorted((row for row in rows if "case" in row), key=lambda row: order(row["card"], row["case"]))
    if of_plan:
        terminalreporter.section("acceptance plan")
        for line in table.lines(of_plan):
            terminalreporter.line(line)
