"""The registration of the module with each program, for `cps browsers`, `cps diag` and `cps report`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptolib.cli.browsers.target import RegistrationTarget, State, TargetFailed
from cryptolib.cli.browsers.targets import of_machine, of_user


@dataclass(frozen=True, slots=True)
class TargetState:
    """A target and its state; `failure` is the error message of the program."""

    target: RegistrationTarget
    state: State | None
    failure: str = ""


def user_configuration() -> Path:
    """The user's configuration folder, ~/.config by default."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def user_targets() -> list[RegistrationTarget]:
    return of_user(Path.home(), user_configuration())


def states_for_user(module: Path) -> list[TargetState]:
    """The states of the programs of this user."""
    return states(user_targets(), module, of_machine(Path("/")))


def states(
    targets: list[RegistrationTarget], module: Path, machine: list[RegistrationTarget] | None = None
) -> list[TargetState]:
    """The state of each target; `machine` targets count for those of a user as well."""
    everywhere = (
        {each.target.program for each in states(machine, module) if each.state is State.REGISTERED} if machine else ()
    )
    return [_state(target, module, target.program in everywhere) for target in targets]


def _state(target: RegistrationTarget, module: Path, everywhere: bool) -> TargetState:
    try:
        state = target.state(module)
    except TargetFailed as error:
        return TargetState(target, None, str(error))
    return TargetState(target, State.MACHINE if everywhere and state is State.ABSENT else state)
