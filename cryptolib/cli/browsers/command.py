"""`cps browsers install | remove | status`: registers the module with the programs of a user or of the machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptolib.cli.browsers.states import TargetState, states, user_targets
from cryptolib.cli.browsers.target import RegistrationTarget, State, TargetFailed
from cryptolib.cli.browsers.targets import of_machine
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.module import registered_path
from cryptolib.cli.options import BrowserOptions
from cryptolib.cli.output import Line
from cryptolib.cli.severity import Severity, worst

_SEVERITIES = {
    State.REGISTERED: Severity.OK,
    State.MACHINE: Severity.OK,
    State.STALE: Severity.WARNING,
    State.ABSENT: Severity.WARNING,
    State.SANDBOXED: Severity.INFO,
    State.NOTHING: Severity.INFO,
}
# After a removal, an absent registration is success.
_SEVERITIES_REMOVED = _SEVERITIES | {State.ABSENT: Severity.OK}


@dataclass(frozen=True, slots=True)
class _Change:
    """A change: the states of a target that need it, how to make it, and the severity of each state afterwards."""

    needed: set[State]
    make: Callable[[RegistrationTarget, Path], None]
    severities: dict[State, Severity]


_INSTALL = _Change({State.ABSENT, State.STALE}, lambda target, module: target.register(module), _SEVERITIES)
_REMOVE = _Change({State.REGISTERED, State.STALE}, lambda target, module: target.unregister(), _SEVERITIES_REMOVED)


def install(context: Context, options: BrowserOptions) -> Exit:
    return _change(context, options, _INSTALL)


def remove(context: Context, options: BrowserOptions) -> Exit:
    return _change(context, options, _REMOVE)


def status(context: Context, options: BrowserOptions) -> Exit:
    module = registered_path()
    return _report(context, options, module, _SEVERITIES, states(_targets(options), module, _machine(options)))


def _change(context: Context, options: BrowserOptions, change: _Change) -> Exit:
    """Change all targets, or none while a program uses one of them."""
    if options.system and options.root == Path("/") and os.geteuid() != 0:
        raise Failure("browsers.administrator", Exit.REFUSED)
    module, targets, machine = registered_path(), _targets(options), _machine(options)
    todo = [each.target for each in states(targets, module, machine) if each.state in change.needed]
    busy = [target for target in todo if target.in_use()]
    if busy:
        return _refuse(context, busy)
    failures = {target.path: _failure(change, target, module) for target in todo}
    after = states(targets, module, machine)
    done = [replace(each, failure=each.failure or failures.get(each.target.path, "")) for each in after]
    return _report(context, options, module, change.severities, done)


def _failure(change: _Change, target: RegistrationTarget, module: Path) -> str:
    """The reason for a failure; empty after success."""
    try:
        change.make(target, module)
    except TargetFailed as error:
        return str(error)
    return ""


def _targets(options: BrowserOptions) -> list[RegistrationTarget]:
    targets = of_machine(options.root) if options.system else user_targets()
    return [target for target in targets if not options.only or target.program in options.only]


def _machine(options: BrowserOptions) -> list[RegistrationTarget] | None:
    return None if options.system else of_machine(options.root)


def _refuse(context: Context, busy: list[RegistrationTarget]) -> Exit:
    if context.json:
        context.output.json({"refused": [{"program": each.program, "path": str(each.path)} for each in busy]})
    else:
        for each in busy:
            program = context.text(f"program.{each.program}")
            context.output.line(
                context.text("browsers.busy", program=program, path=_short(each.path)), Severity.FAILURE
            )
        context.output.line(context.text("browsers.unchanged"))
    return Exit.REFUSED


def _report(
    context: Context,
    options: BrowserOptions,
    module: Path,
    severities: dict[State, Severity],
    found: list[TargetState],
) -> Exit:
    if context.json:
        context.output.json({"module": str(module), "targets": [facts(each) for each in found]})
    else:
        scope = "browsers.machine" if options.system else "browsers.user"
        own = Line(context.text("browsers.module"), _short(module))
        lines = [_line(each, context.messages, severities) for each in found]
        context.output.panel(context.text(scope), [own, *lines])
    return worst([_severity(each, severities) for each in found])


def facts(found: TargetState) -> dict[str, str | None]:
    return {
        "program": found.target.program,
        "path": str(found.target.path),
        "state": found.state,
        "failure": found.failure,
    }


def _severity(found: TargetState, severities: dict[State, Severity]) -> Severity:
    return Severity.FAILURE if found.state is None or found.failure else severities[found.state]


def _line(found: TargetState, messages: Messages, severities: dict[State, Severity]) -> Line:
    failed = messages.text("target.failed", detail=found.failure)
    text = failed if found.failure else messages.text(f"target.{found.state}")
    program = messages.text(f"program.{found.target.program}")
    return Line(program, text, _severity(found, severities), _short(found.target.path))


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
