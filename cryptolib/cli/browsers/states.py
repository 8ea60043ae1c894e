"""How the module is registered with each program: what `cps browsers`, the diagnosis and the support archive say."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptolib.cli.browsers.target import Failed, RegistrationTarget, State
from cryptolib.cli.browsers.targets import of_machine, of_user


@dataclass(frozen=True, slots=True)
class TargetState:
    """One target after all that was done; `failure` is in the program's own words."""

    target: RegistrationTarget
    state: State | None
    failure: str = ""


def user_configuration() -> Path:
    """The user's folder for it, ~/.config unless he says otherwise."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def user_targets() -> list[RegistrationTarget]:
    return of_user(Path.home(), user_configuration())


def states_for_user(module: Path) -> list[TargetState]:
    """How the programs of this user are."""
    return states(user_targets(), module, of_machine(Path("/")))


def states(
    targets: list[RegistrationTarget], module: Path, machine: list[RegistrationTarget] | None = None
) -> list[TargetState]:
    """How each target is; `machine` is asked as well for those of a user."""
    everywhere = (
        {each.target.program for each in states(machine, module) if each.state is State.REGISTERED} if machine else ()
    )
    return [_state(target, module, target.program in everywhere) for target in targets]


def _state(target: RegistrationTarget, module: Path, everywhere: bool) -> TargetState:
    try:
        state = target.state(module)
    except Failed as error:
        return TargetState(target, None, str(error))
    return TargetState(target, State.MACHINE if everywhere and state is State.ABSENT else state)
