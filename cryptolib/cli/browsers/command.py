"""`cps browsers install | remove | status`: the module made known to the programs of a user or of a machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptolib.cli.browsers.place import Failed, Place, State
from cryptolib.cli.browsers.places import of_machine, of_user
from cryptolib.cli.context import Context
from cryptolib.cli.exits import Exit
from cryptolib.cli.module import registered_path
from cryptolib.cli.options import BrowserOptions
from cryptolib.cli.output import Line
from cryptolib.cli.verdict import Verdict, worst
from cryptolib.cli.words.language import Words

VERDICTS = {
    State.REGISTERED: Verdict.OK,
    State.MACHINE: Verdict.OK,
    State.STALE: Verdict.WARNING,
    State.ABSENT: Verdict.WARNING,
    State.SANDBOXED: Verdict.INFO,
    State.NOTHING: Verdict.INFO,
}
# What has to be done so that the module is there, and so that it is not.
_MISSING = {State.ABSENT, State.STALE}
_PRESENT = {State.REGISTERED, State.STALE}


# After a removal, that it is not there is as it should be.
_REMOVED = VERDICTS | {State.ABSENT: Verdict.OK}


@dataclass(frozen=True, slots=True)
class Report:
    """One place after all that was done; `failure` is in the program's own words."""

    place: Place
    state: State | None
    failure: str = ""


def install(context: Context, options: BrowserOptions) -> Exit:
    return _change(context, options, _MISSING, VERDICTS, lambda place, module: place.register(module))


def remove(context: Context, options: BrowserOptions) -> Exit:
    return _change(context, options, _PRESENT, _REMOVED, lambda place, module: place.unregister())


def status(context: Context, options: BrowserOptions) -> Exit:
    return _tell(context, options, VERDICTS, survey(_places(options), registered_path(), _machine(options)))


def survey_of_user() -> list[Report]:
    """How the programs of this user are."""
    return survey(of_user(_home(), _configuration()), registered_path(), of_machine(Path("/")))


def survey(places: list[Place], module: Path, machine: list[Place] | None = None) -> list[Report]:
    """How each place is; `machine` is asked as well for those of a user."""
    everywhere = (
        {each.place.program for each in survey(machine, module) if each.state is State.REGISTERED} if machine else ()
    )
    return [_report(place, module, place.program in everywhere) for place in places]


def _report(place: Place, module: Path, everywhere: bool) -> Report:
    try:
        state = place.state(module)
    except Failed as error:
        return Report(place, None, str(error))
    return Report(place, State.MACHINE if everywhere and state is State.ABSENT else state)


def _change(
    context: Context,
    options: BrowserOptions,
    wanted: set[State],
    verdicts: dict[State, Verdict],
    act: Callable[[Place, Path], None],
) -> Exit:
    """Everything or, while a program holds one of the places, nothing."""
    if options.system and options.root == Path("/") and os.geteuid() != 0:
        context.output.line(context.say("browsers.administrator"), Verdict.FAILURE)
        return Exit.REFUSED
    module, places, machine = registered_path(), _places(options), _machine(options)
    todo = [each.place for each in survey(places, module, machine) if each.state in wanted]
    busy = [place for place in todo if place.in_use()]
    if busy:
        return _refuse(context, options, busy)
    failures = {place.path: _attempt(act, place, module) for place in todo}
    reports = survey(places, module, machine)
    done = [replace(each, failure=each.failure or failures.get(each.place.path, "")) for each in reports]
    return _tell(context, options, verdicts, done)


def _attempt(act: Callable[[Place, Path], None], place: Place, module: Path) -> str:
    """Why it failed, empty when it did not."""
    try:
        act(place, module)
    except Failed as error:
        return str(error)
    return ""


def _places(options: BrowserOptions) -> list[Place]:
    places = of_machine(options.root) if options.system else of_user(_home(), _configuration())
    return [place for place in places if not options.only or place.program in options.only]


def _machine(options: BrowserOptions) -> list[Place] | None:
    return None if options.system else of_machine(options.root)


def _home() -> Path:
    return Path.home()


def _configuration() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or _home() / ".config")


def _refuse(context: Context, options: BrowserOptions, busy: list[Place]) -> Exit:
    say, output = context.say, context.output
    if context.json:
        output.json({"refused": [{"program": place.program, "path": str(place.path)} for place in busy]})
    else:
        for place in busy:
            name, path = say(f"program.{place.program}"), _short(place.path)
            output.line(say("browsers.busy", program=name, path=path), Verdict.FAILURE)
        output.line(say("browsers.unchanged"))
    return Exit.REFUSED


def _tell(context: Context, options: BrowserOptions, verdicts: dict[State, Verdict], reports: list[Report]) -> Exit:
    say, output = context.say, context.output
    if context.json:
        facts = [
            {"program": each.place.program, "path": str(each.place.path), "state": each.state, "failure": each.failure}
            for each in reports
        ]
        output.json({"module": str(registered_path()), "places": facts})
    else:
        scope = "browsers.machine" if options.system else "browsers.user"
        lines = [_line(each, say, verdicts) for each in reports]
        output.panel(say(scope), [Line(say("browsers.module"), _short(registered_path())), *lines])
    return worst([_verdict(each, verdicts) for each in reports])


def _verdict(report: Report, verdicts: dict[State, Verdict]) -> Verdict:
    return Verdict.FAILURE if report.state is None or report.failure else verdicts[report.state]


def _line(report: Report, say: Words, verdicts: dict[State, Verdict]) -> Line:
    text = say("place.failed", detail=report.failure) if report.failure else say(f"place.{report.state}")
    program = say(f"program.{report.place.program}")
    return Line(program, text, _verdict(report, verdicts), _short(report.place.path))


def _short(path: Path) -> str:
    home = _home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
