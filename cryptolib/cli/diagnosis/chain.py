"""All checks from the clock to the browser, for `cps diag` and `cps report`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptolib.cli.browsers.other_modules import declared_for_user
from cryptolib.cli.browsers.states import states_for_user
from cryptolib.cli.cards import ModuleFailed, Reader, load, readers
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.diagnosis import checks
from cryptolib.cli.diagnosis.other_modules import other_modules
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.module import registered_path
from cryptolib.cli.pcsc_service import Service, service
from cryptolib.cli.severity import Severity
from cryptolib.cli.slots import pointed_slots, slot_result


@dataclass(frozen=True, slots=True)
class Chain:
    module: Path
    readers: list[Reader]
    results: list[CheckResult]


def examine(messages: Messages) -> Chain:
    """Run the checks; skip one that depends on a failed one."""
    module = registered_path()
    found, loaded = _load(module)
    now, state = datetime.now(UTC), service()
    results = [checks.clock(now, _creation_date(module), messages), checks.service(state), loaded]
    if state is Service.RUNNING and loaded.severity is Severity.OK:
        results.append(checks.reader(found))
        if found:
            results += checks.cards(found)
    for each in found:
        if each.card is not None:
            results += checks.card(each.card, now, messages)
    results += [slot_result(each) for each in pointed_slots(found)]
    targets = states_for_user(module)
    results += checks.registered(targets, messages)
    results += other_modules(declared_for_user(), targets, found, messages)
    return Chain(module, found, results)


def _load(module: Path) -> tuple[list[Reader], CheckResult]:
    try:
        return readers(load(module)), CheckResult("module.loaded", Severity.OK, {"path": module})
    except ModuleFailed as error:
        return [], CheckResult("module.failed", Severity.FAILURE, {"path": module, "detail": error})


def _creation_date(module: Path) -> datetime:
    """The date of the module's file; long ago if there is none."""
    return datetime.fromtimestamp(module.stat().st_mtime if module.exists() else 0, UTC)
